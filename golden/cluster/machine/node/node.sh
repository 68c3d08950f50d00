#!/bin/sh
# Runs containerd and the kubelet in mount and process namespaces of their own. Package
# node writes this file beside the configuration and says in the environment where things
# are: NODE (the folder), LOG (the logs), GROUP (a control group for the two), KUBELET,
# KUBECONFIG, NAME and ADDRESS of the node.
set -eu

if [ "${1-}" != inside ]; then
  echo $$ > "$GROUP/cgroup.procs"
  # unshare waits without listening to signals; the first process of the namespace dies
  # with it, and everything else in the namespace with that one.
  unshare --mount --pid --fork --kill-child --mount-proc --propagation private -- "$0" inside &
  trap 'kill -9 $!' TERM INT
  wait $!
  exit
fi

mount --make-rshared /
# What the two write outside the folder: sockets, network namespaces, links to logs.
for folder in /run /var/lib /var/log; do
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
# The kubelet tunes the kernel of the machine; here it tunes copies.
for file in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  if [ -e "/proc/sys/$file" ]; then
    mkdir -p "/run/sys/${file%/*}"
    cat "/proc/sys/$file" > "/run/sys/$file"
    mount --bind "/run/sys/$file" "/proc/sys/$file"
  fi
done

socket=/run/containerd/containerd.sock
containerd --config "$NODE/containerd.toml" >> "$LOG/containerd.log" 2>&1 &
containerd=$!
until [ -S "$socket" ]; do
  kill -0 "$containerd"
  sleep 0.1
done
"$KUBELET" --config "$NODE/kubelet.yaml" --kubeconfig "$KUBECONFIG" --hostname-override "$NAME" \
  --node-ip "$ADDRESS" --root-dir "$NODE/kubelet" --cert-dir "$NODE/certs" >> "$LOG/kubelet.log" 2>&1 &
kubelet=$!
while kill -0 "$containerd" && kill -0 "$kubelet"; do
  sleep 1
done
