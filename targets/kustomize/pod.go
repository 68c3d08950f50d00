package kustomize

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/ir"
)

// newPod makes the pod template: Pod Security "restricted" but for what the spec opted out
// of with a reason.
func newPod(i *ir.Instance, w *ir.Workload) corev1.PodTemplateSpec {
	pod := corev1.PodSpec{
		ServiceAccountName:            i.Account.Name,
		AutomountServiceAccountToken:  i.Account.Token,
		EnableServiceLinks:            w.Links,
		DNSPolicy:                     corev1.DNSPolicy(w.DNS),
		RestartPolicy:                 corev1.RestartPolicy(w.Restart),
		TerminationGracePeriodSeconds: w.StopAfter,
		NodeSelector:                  fromPairs(w.Place.Nodes),
		PriorityClassName:             w.Place.Priority,
		SchedulerName:                 w.Place.Scheduler,
	}
	if s := w.Security; s.NonRoot != nil || s.User != nil || s.Group != nil || s.VolumeGroup != nil || s.Seccomp != "" {
		pod.SecurityContext = &corev1.PodSecurityContext{
			RunAsNonRoot: s.NonRoot, RunAsUser: s.User, RunAsGroup: s.Group, FSGroup: s.VolumeGroup, SeccompProfile: seccomp(s.Seccomp),
		}
	}
	for _, name := range i.PullSecrets {
		pod.ImagePullSecrets = append(pod.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	}
	for _, t := range w.Place.Tolerate {
		pod.Tolerations = append(pod.Tolerations, newToleration(t))
	}
	for k := range w.Init {
		pod.InitContainers = append(pod.InitContainers, newContainer(&w.Init[k]))
	}
	pod.Containers = append(pod.Containers, newContainer(&w.Main))
	for k := range w.Sidecars {
		pod.Containers = append(pod.Containers, newContainer(&w.Sidecars[k]))
	}
	for _, v := range w.Volumes {
		if v.Storage == nil && v.Other == "" { // that is a claim template of the StatefulSet
			pod.Volumes = append(pod.Volumes, newVolume(v))
		}
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: podLabels(i, w), Annotations: fromPairs(w.Annotations)},
		Spec:       pod,
	}
}

func newContainer(c *ir.Container) corev1.Container {
	out := corev1.Container{
		Name: c.Name, Image: c.Image, ImagePullPolicy: corev1.PullPolicy(c.Pull), Command: c.Command, Args: c.Args,
		Resources:       newResources(c.Resources),
		ReadinessProbe:  newProbe(c.Ready),
		LivenessProbe:   newProbe(c.Live),
		StartupProbe:    newProbe(c.Start),
		SecurityContext: newSecurity(c.Security),
	}
	for _, p := range c.Ports {
		port := corev1.ContainerPort{Name: p.Name, ContainerPort: p.Number, HostPort: p.Host, Protocol: corev1.Protocol(p.Protocol)}
		if p.Unnamed {
			port.Name = ""
		}
		out.Ports = append(out.Ports, port)
	}
	for _, e := range c.EnvFrom {
		src := corev1.EnvFromSource{Prefix: e.Prefix}
		if e.Config != "" {
			src.ConfigMapRef = &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: e.Config}, Optional: optional(e.Optional)}
		} else {
			src.SecretRef = &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: e.Secret}, Optional: optional(e.Optional)}
		}
		out.EnvFrom = append(out.EnvFrom, src)
	}
	for _, e := range c.Env {
		out.Env = append(out.Env, newEnv(e))
	}
	for _, m := range c.Mounts {
		out.VolumeMounts = append(out.VolumeMounts, corev1.VolumeMount{Name: m.Volume, MountPath: m.Path, SubPath: m.Sub, ReadOnly: m.ReadOnly})
	}
	if c.Native {
		always := corev1.ContainerRestartPolicyAlways
		out.RestartPolicy = &always
	}
	switch {
	case c.Sleep != nil:
		out.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: *c.Sleep}}}
	case c.Exec != nil:
		out.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: c.Exec}}}
	}
	return out
}

// newToleration puts up with a taint of one value, or of any.
func newToleration(t ir.Toleration) corev1.Toleration {
	out := corev1.Toleration{Key: t.Key, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffect(t.Effect), TolerationSeconds: t.For}
	if t.Value != "" {
		out.Operator, out.Value = corev1.TolerationOpEqual, t.Value
	}
	return out
}

func newSecurity(s ir.Security) *corev1.SecurityContext {
	if reflect.DeepEqual(s, ir.Security{At: s.At}) {
		return nil
	}
	out := &corev1.SecurityContext{
		AllowPrivilegeEscalation: s.Escalation,
		ReadOnlyRootFilesystem:   s.ReadOnly,
		Privileged:               s.Privileged,
		RunAsNonRoot:             s.NonRoot,
		RunAsUser:                s.User,
		RunAsGroup:               s.Group,
		SeccompProfile:           seccomp(s.Seccomp),
	}
	if privileged := s.Privileged != nil && *s.Privileged; len(s.Add)+len(s.Drop) > 0 && !privileged {
		out.Capabilities = &corev1.Capabilities{Add: capabilities(s.Add), Drop: capabilities(s.Drop)}
	}
	return out
}

func capabilities(names []string) (out []corev1.Capability) {
	for _, n := range names {
		out = append(out, corev1.Capability(n))
	}
	return out
}

// seccomp is a profile by its type; a Localhost one comes with the words that name its file.
func seccomp(kind string) *corev1.SeccompProfile {
	if kind == "" {
		return nil
	}
	return &corev1.SeccompProfile{Type: corev1.SeccompProfileType(kind)}
}

func optional(b bool) *bool {
	if !b {
		return nil
	}
	return yes()
}

func newEnv(e ir.Env) corev1.EnvVar {
	out := corev1.EnvVar{Name: e.Name, Value: e.Value}
	switch {
	case e.Secret != nil:
		out.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: e.Secret.Name}, Key: e.Secret.Key, Optional: optional(e.Secret.Optional)}}
	case e.Config != nil:
		out.ValueFrom = &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: e.Config.Name}, Key: e.Config.Key, Optional: optional(e.Config.Optional)}}
	case e.Field != "":
		out.ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: e.Field}}
	case e.Resource != "":
		out.ValueFrom = &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: e.Resource}}
	}
	return out
}

func newResources(r ir.Resources) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: resourceList(r.CPU, r.Memory, r.Disk),
		Limits:   resourceList(r.CPULimit, r.MemoryLimit, r.DiskLimit),
	}
}

func resourceList(cpu, memory, disk string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for name, s := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory, corev1.ResourceEphemeralStorage: disk} {
		if s != "" {
			list[name] = quantity(s)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

func newProbe(p *ir.Probe) *corev1.Probe {
	if p == nil {
		return nil
	}
	out := &corev1.Probe{
		InitialDelaySeconds: p.After, PeriodSeconds: p.Every, TimeoutSeconds: p.Timeout,
		FailureThreshold: p.Failures, SuccessThreshold: p.Successes,
	}
	switch {
	case p.HTTP != nil:
		get := &corev1.HTTPGetAction{Path: p.HTTP.Path, Port: portOf(p.HTTP.Port)}
		if p.HTTP.HTTPS {
			get.Scheme = corev1.URISchemeHTTPS
		}
		for _, h := range p.HTTP.Headers {
			get.HTTPHeaders = append(get.HTTPHeaders, corev1.HTTPHeader{Name: h.Name, Value: h.Value})
		}
		out.HTTPGet = get
	case p.GRPC != nil: // gRPC probes take no port names
		out.GRPC = &corev1.GRPCAction{Port: p.GRPC.Port.Number}
		if p.GRPC.Service != "" {
			out.GRPC.Service = &p.GRPC.Service
		}
	case p.TCP != nil:
		out.TCPSocket = &corev1.TCPSocketAction{Port: portOf(*p.TCP)}
	default:
		out.Exec = &corev1.ExecAction{Command: p.Exec}
	}
	return out
}

func portOf(p ir.PortRef) intstr.IntOrString {
	if p.ByNumber || p.Name == "" {
		return intstr.FromInt32(p.Number)
	}
	return intstr.FromString(p.Name)
}

func newVolume(v ir.Volume) corev1.Volume {
	out := corev1.Volume{Name: v.Name}
	switch {
	case v.Config != nil:
		out.ConfigMap = &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: v.Config.Name}, Items: items(v.Config), DefaultMode: v.Config.Mode, Optional: optional(v.Config.Optional)}
	case v.Secret != nil:
		out.Secret = &corev1.SecretVolumeSource{SecretName: v.Secret.Name, Items: items(v.Secret), DefaultMode: v.Secret.Mode, Optional: optional(v.Secret.Optional)}
	case v.Claim != "":
		out.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: v.Claim}
	case v.Scratch != nil:
		out.EmptyDir = &corev1.EmptyDirVolumeSource{}
		if v.Scratch.Memory {
			out.EmptyDir.Medium = corev1.StorageMediumMemory
		}
		if v.Scratch.Size != "" {
			q := quantity(v.Scratch.Size)
			out.EmptyDir.SizeLimit = &q
		}
	case v.NFS != nil:
		out.NFS = &corev1.NFSVolumeSource{Server: v.NFS.Server, Path: v.NFS.Path, ReadOnly: v.NFS.ReadOnly}
	case v.Host != nil:
		out.HostPath = &corev1.HostPathVolumeSource{Path: v.Host.Path}
		if v.Host.Type != "" {
			kind := corev1.HostPathType(v.Host.Type)
			out.HostPath.Type = &kind
		}
	default:
		panic("kustomize: volume " + v.Name + " without a source") // resolve gives every volume one
	}
	return out
}

func items(f *ir.Files) (out []corev1.KeyToPath) {
	for _, i := range f.Items {
		out = append(out, corev1.KeyToPath{Key: i.Name, Path: i.Value})
	}
	return out
}
