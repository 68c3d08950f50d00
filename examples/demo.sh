#!/bin/sh
# Compiles every example, and shows what was made from what. Writes to .cache/demo only.
# Needs bin/slipway (`make build`) and the tools that every Unix has.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
demo=.cache/demo
rm -rf "$demo"
mkdir -p "$demo"

lines() { find "$@" -type f -exec cat {} + | wc -l | tr -d ' '; }
files() { find "$@" -type f | wc -l | tr -d ' '; }
# The kinds of object in a folder's files, each once.
kinds() {
	find "$@" -type f -name '*.yaml' ! -name 'patch-*' -exec sed -n 's/^kind: //p' {} + |
		grep -v -e Kustomization -e Component | sort -u | tr '\n' ' ' || true
}
# The names in a folder's files that begin with a prefix.
names() { find "$1" -type f -exec sed -n "s/^  name: \($2.*\)/\1/p" {} + | sort | tr '\n' ' '; }
# A path and what it holds, in 78 columns.
row() {
	left=$1
	echo "$2" | fold -s -w 40 | sed 's/ *$//' | while IFS= read -r text; do
		printf '  %-35s %s\n' "$left" "$text"
		left=
	done
}

for fleet in examples/*/; do
	fleet=${fleet%/}
	name=${fleet#examples/}
	out=$demo/$name
	bin/slipway compile "$fleet" --out "$out" >"$demo/$name.log"
	echo "$fleet: $(files "$fleet"/services) services, $(lines "$fleet"/platform.cue "$fleet"/services) lines of CUE"
	echo "  -> $out: $(files "$out") files, $(lines "$out") lines"
	for part in services:Kustomize pipelines:Tekton argocd:'Argo CD' platform:clusters; do
		dir=$out/${part%%:*}
		printf '     %-10s  %-10s %4s files %6s lines\n' "${part%%:*}/" "${part#*:}" "$(files "$dir")" "$(lines "$dir")"
	done
	sed -n '/not released/p' "$demo/$name.log"
	echo
done

svc=frontend
fleet=examples/online-boutique
out=$demo/online-boutique
echo "$fleet/services/$svc.cue, $(lines "$fleet/services/$svc.cue") lines, became:"
row "services/$svc/base" "$(kinds "$out/services/$svc/base")"
for env in dev staging; do
	row "services/$svc/overlays/$env" "what differs from it, $(files "$out/services/$svc/overlays/$env") files"
done
row "pipelines/$svc" "$(names "$out/pipelines/$svc" "$svc-")"
row "argocd/clusters" "$(names "$out/argocd/clusters" "$svc-")"
echo "and releases/prod/$svc.cue, the copy of it that was promoted, became:"
row "services/$svc/overlays/prod" "$(kinds "$out/services/$svc/overlays/prod")"
echo

echo "\$ slipway compile --check $fleet"
bin/slipway compile --check "$fleet" --out "$out"
echo

# A mistake, in a copy.
mkdir "$demo/mistake"
cp -R "$fleet/platform.cue" "$fleet/services" "$fleet/releases" "$demo/mistake"
sed 's/owner: "storefront"/owner: "storfront"/; s/ready: {/redy: {/' "$fleet/services/$svc.cue" >"$demo/mistake/services/$svc.cue"
echo "\$ slipway compile services/$svc.cue    # after two slips of the finger"
if (cd "$demo/mistake" && ../../../bin/slipway compile "services/$svc.cue" 2>&1 >/dev/null); then
	echo "demo: the mistakes were not found" >&2
	exit 1
fi
