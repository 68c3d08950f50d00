package compiler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// folder takes what is said in Kubernetes' words into the IR, as far as the IR has a place
// for it: what checks look at. n is where it was said; r may be nil, for whole manifests.
type folder struct {
	r *resolver
	n *layer.Node
}

func (f folder) at(path ...string) diag.Pos { return f.n.LabelPos(path...) }

// container lays k over out.
func (f folder) container(out *ir.Container, k *corev1.Container) {
	if k.Image != "" {
		out.Image, out.ImageAt = k.Image, f.n.Pos("image")
	}
	if k.Command != nil {
		out.Command = k.Command
	}
	if k.Args != nil {
		out.Args = k.Args
	}
	for i, p := range k.Ports {
		f.port(out, p, f.item("ports", i))
	}
	for i, e := range k.Env {
		f.env(out, e, f.item("env", i))
	}
	if k.EnvFrom != nil {
		out.EnvFrom = nil
	}
	for i, e := range k.EnvFrom {
		o := ir.EnvFrom{At: f.item("envFrom", i), Prefix: e.Prefix}
		if e.ConfigMapRef != nil {
			o.Config, o.Optional = e.ConfigMapRef.Name, yes(e.ConfigMapRef.Optional)
		} else if e.SecretRef != nil {
			o.Secret, o.Optional = e.SecretRef.Name, yes(e.SecretRef.Optional)
		}
		out.EnvFrom = append(out.EnvFrom, o)
	}
	for i, m := range k.VolumeMounts {
		if !slices.ContainsFunc(out.Mounts, func(o ir.Mount) bool { return o.Path == m.MountPath }) {
			out.Mounts = append(out.Mounts, ir.Mount{At: f.item("volumeMounts", i), Volume: m.Name, Path: m.MountPath, Sub: m.SubPath, ReadOnly: m.ReadOnly})
		}
	}
	f.resources(&out.Resources, k.Resources)
	f.probe(&out.Ready, k.ReadinessProbe, out.Ports)
	f.probe(&out.Live, k.LivenessProbe, out.Ports)
	f.probe(&out.Start, k.StartupProbe, out.Ports)
	f.security(&out.Security, k.SecurityContext)
}

func (f folder) item(list string, i int) diag.Pos {
	if l := f.n.Get(list); l != nil && i < len(l.Items) {
		return l.Items[i].At
	}
	return f.at(list)
}

func (f folder) port(out *ir.Container, p corev1.ContainerPort, at diag.Pos) {
	for i := range out.Ports {
		if o := &out.Ports[i]; p.Name != "" && o.Name == p.Name || p.Name == "" && o.Number == p.ContainerPort {
			if p.ContainerPort != 0 {
				o.Number = p.ContainerPort
			}
			o.Host = max(o.Host, p.HostPort)
			return
		}
	}
	out.Ports = append(out.Ports, ir.Port{At: at, Name: p.Name, Number: p.ContainerPort, Host: p.HostPort, Protocol: string(p.Protocol)})
}

func (f folder) env(out *ir.Container, e corev1.EnvVar, at diag.Pos) {
	o := ir.Env{At: at, Name: e.Name, Value: e.Value}
	if from := e.ValueFrom; from != nil {
		switch {
		case from.SecretKeyRef != nil:
			o.Secret = &ir.KeyRef{Name: from.SecretKeyRef.Name, Key: from.SecretKeyRef.Key, Optional: yes(from.SecretKeyRef.Optional)}
		case from.ConfigMapKeyRef != nil:
			o.Config = &ir.KeyRef{Name: from.ConfigMapKeyRef.Name, Key: from.ConfigMapKeyRef.Key, Optional: yes(from.ConfigMapKeyRef.Optional)}
		case from.FieldRef != nil:
			o.Field = from.FieldRef.FieldPath
		case from.ResourceFieldRef != nil:
			o.Resource = from.ResourceFieldRef.Resource
		}
	}
	for i := range out.Env {
		if out.Env[i].Name == e.Name {
			if e.Value != "" {
				out.Env[i] = o
			}
			return
		}
	}
	out.Env = append(out.Env, o)
}

func (f folder) resources(out *ir.Resources, k corev1.ResourceRequirements) {
	for _, x := range []struct {
		list corev1.ResourceList
		name corev1.ResourceName
		to   *string
		in   string
	}{
		{k.Requests, corev1.ResourceCPU, &out.CPU, "requests"}, {k.Requests, corev1.ResourceMemory, &out.Memory, "requests"}, {k.Requests, corev1.ResourceEphemeralStorage, &out.Disk, "requests"},
		{k.Limits, corev1.ResourceCPU, &out.CPULimit, "limits"}, {k.Limits, corev1.ResourceMemory, &out.MemoryLimit, "limits"}, {k.Limits, corev1.ResourceEphemeralStorage, &out.DiskLimit, "limits"},
	} {
		q, ok := x.list[x.name]
		if !ok {
			continue
		}
		*x.to = quantityText(q)
		out.At = f.at("resources", x.in, string(x.name))
		for i, limit := range []*string{&out.CPULimit, &out.MemoryLimit, &out.DiskLimit} {
			if limit == x.to {
				out.LimitsAt[i] = f.at("resources", x.in, string(x.name))
			}
		}
	}
}

func quantityText(q resource.Quantity) string { return q.String() }

func (f folder) probe(out **ir.Probe, k *corev1.Probe, ports []ir.Port) {
	if k == nil {
		return
	}
	if *out == nil {
		*out = &ir.Probe{At: f.n.LabelOr()}
	}
	o := *out
	ref := func(p intstr.IntOrString) ir.PortRef {
		for _, x := range ports {
			if p.Type == intstr.String && x.Name == p.StrVal || p.Type == intstr.Int && x.Number == p.IntVal {
				return ir.PortRef{Name: x.Name, Number: x.Number}
			}
		}
		return ir.PortRef{Name: p.StrVal, Number: p.IntVal}
	}
	switch {
	case k.HTTPGet != nil && o.HTTP == nil:
		o.HTTP = &ir.HTTPGet{Path: k.HTTPGet.Path, Port: ref(k.HTTPGet.Port), HTTPS: k.HTTPGet.Scheme == corev1.URISchemeHTTPS}
	case k.GRPC != nil && o.GRPC == nil:
		o.GRPC = &ir.GRPC{Port: ref(intstr.FromInt32(k.GRPC.Port)), Service: text(k.GRPC.Service, "")}
	case k.TCPSocket != nil && o.TCP == nil:
		o.TCP = ptr(ref(k.TCPSocket.Port))
	case k.Exec != nil:
		o.Exec = k.Exec.Command
	}
	for _, x := range []struct {
		to   *int32
		from int32
	}{{&o.Every, k.PeriodSeconds}, {&o.After, k.InitialDelaySeconds}, {&o.Timeout, k.TimeoutSeconds}, {&o.Failures, k.FailureThreshold}, {&o.Successes, k.SuccessThreshold}} {
		if x.from != 0 {
			*x.to = x.from
		}
	}
}

func (f folder) security(out *ir.Security, k *corev1.SecurityContext) {
	if k == nil {
		return
	}
	out.At = f.at("securityContext")
	over(&out.User, k.RunAsUser)
	over(&out.Group, k.RunAsGroup)
	over(&out.NonRoot, k.RunAsNonRoot)
	over(&out.ReadOnly, k.ReadOnlyRootFilesystem)
	over(&out.Privileged, k.Privileged)
	if yes(k.Privileged) { // which implies it
		out.Escalation = ptr(true)
	}
	over(&out.Escalation, k.AllowPrivilegeEscalation)
	if c := k.Capabilities; c != nil {
		if c.Add != nil {
			out.Add = capabilities(c.Add)
		}
		if c.Drop != nil {
			out.Drop = capabilities(c.Drop)
		}
	}
	if k.SeccompProfile != nil {
		out.Seccomp = string(k.SeccompProfile.Type)
	}
	if k.ProcMount != nil && *k.ProcMount != corev1.DefaultProcMount {
		out.Unmasked = true
	}
}

func capabilities(list []corev1.Capability) (out []string) {
	for _, c := range list {
		out = append(out, string(c))
	}
	slices.Sort(out)
	return out
}

// over is what is said, laid over what was there.
func over[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

// pod lays what k says of the pod itself over w.
func (f folder) pod(w *ir.Workload, k *corev1.PodSpec) {
	w.Security.At = f.n.LabelOr()
	if s := k.SecurityContext; s != nil {
		over(&w.Security.User, s.RunAsUser)
		over(&w.Security.Group, s.RunAsGroup)
		over(&w.Security.VolumeGroup, s.FSGroup)
		over(&w.Security.NonRoot, s.RunAsNonRoot)
		if s.SeccompProfile != nil {
			w.Security.Seccomp = string(s.SeccompProfile.Type)
		}
		for _, x := range s.Sysctls {
			w.Host = append(w.Host, "sysctl "+x.Name)
		}
	}
	if k.TerminationGracePeriodSeconds != nil {
		w.StopAfter = k.TerminationGracePeriodSeconds
	}
	for _, x := range []struct {
		on   bool
		what string
	}{{k.HostNetwork, "the host's network"}, {k.HostPID, "the host's processes"}, {k.HostIPC, "the host's IPC"}} {
		if x.on {
			w.Host = append(w.Host, x.what)
		}
	}
	for i, v := range k.Volumes {
		w.Volumes = append(w.Volumes, ir.Volume{At: f.item("volumes", i), Name: v.Name, Other: volumeKind(f.n.Get("volumes").Items[i])})
	}
}

// volumeKind is the field of a volume that says what it is.
func volumeKind(n *layer.Node) string {
	for _, e := range n.Keys {
		if e.Name != "name" {
			return e.Name
		}
	}
	return ""
}

// workload is what a whole pod says, for checks alone.
func (f folder) workload(name string, at diag.Pos, k *corev1.PodSpec) *ir.Workload {
	w := &ir.Workload{At: at, Name: name, Process: name}
	f.pod(w, k)
	list := func(field string, containers []corev1.Container) (out []ir.Container) {
		for i := range containers {
			n := f.n.Get(field).Items[i]
			c := ir.Container{At: n.At, Name: containers[i].Name, ImageAt: n.At}
			folder{r: f.r, n: n}.container(&c, &containers[i])
			out = append(out, c)
		}
		return out
	}
	w.Init = list("initContainers", k.InitContainers)
	if all := list("containers", k.Containers); len(all) > 0 {
		w.Main, w.Sidecars = all[0], all[1:]
	}
	return w
}
