package factor_test

import (
	"testing"

	"pgregory.net/rapid"

	"slipway.dev/targets/kube"
)

// TestKustomizeRestoresEveryEnvironment draws two to four environments of all
// kinds; go test -rapid.checks=5000 draws more.
func TestKustomizeRestoresEveryEnvironment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawer{t}
		var envs [][]kube.Node
		for range rapid.IntRange(2, 4).Draw(t, "environments") {
			envs = append(envs, g.objects())
		}
		wantRestored(t, envs)
	})
}

// drawer draws objects from small pools, so that environments share much and
// differ everywhere at some time.
type drawer struct{ t *rapid.T }

func (g drawer) maybe() bool { return rapid.IntRange(0, 3).Draw(g.t, "maybe") > 0 }

func (g drawer) pick(values ...kube.Node) kube.Node {
	return values[rapid.IntRange(0, len(values)-1).Draw(g.t, "pick")]
}

func (g drawer) str(values ...string) kube.Node {
	return kube.Str(rapid.SampledFrom(values).Draw(g.t, "str"))
}

func (g drawer) num(values ...int64) kube.Node {
	return kube.Integer(rapid.SampledFrom(values).Draw(g.t, "num"))
}

// some returns members in a drawn order, often all and as they are.
func (g drawer) some(members ...kube.Node) kube.Node {
	switch rapid.IntRange(0, 4).Draw(g.t, "some") {
	case 0:
		members = rapid.Permutation(members).Draw(g.t, "order")
		members = members[:rapid.IntRange(0, len(members)).Draw(g.t, "count")]
	case 1:
		members = members[:rapid.IntRange(0, len(members)).Draw(g.t, "count")]
	case 2:
		members = members[rapid.IntRange(0, len(members)).Draw(g.t, "count"):]
	}
	return kube.NewList(members...)
}

func (g drawer) strs(values ...string) kube.Node {
	var members []kube.Node
	for _, v := range values {
		members = append(members, kube.Str(v))
	}
	return g.some(members...)
}

// object makes a map of alternating keys and values; a key with "?" is there
// or not.
func (g drawer) object(keysAndValues ...any) kube.Node {
	m := kube.NewMap()
	for i := 0; i < len(keysAndValues); i += 2 {
		key := keysAndValues[i].(string)
		if key[len(key)-1] == '?' {
			if !g.maybe() {
				continue
			}
			key = key[:len(key)-1]
		}
		var value kube.Node
		switch v := keysAndValues[i+1].(type) {
		case string:
			value = kube.Str(v)
		case int:
			value = kube.Integer(int64(v))
		case bool:
			value = kube.Boolean(v)
		case kube.Node:
			value = v
		}
		m.Fields = append(m.Fields, kube.Field{Key: key, Value: value})
	}
	return m
}

func (g drawer) header(apiVersion, kind, name string, more ...any) kube.Node {
	meta := g.object("name", name)
	for _, field := range []string{"labels", "annotations"} {
		if l := g.labels(); len(l.Fields) > 0 { // kustomize drops empty ones, which mean nothing
			meta.Set(l, field)
		}
	}
	return g.object(append([]any{"apiVersion", apiVersion, "kind", kind, "metadata", meta}, more...)...)
}

func (g drawer) labels() kube.Node {
	return g.object("app?", "web", "tier?", g.str("a", "b"), "on?", g.str("no", "yes", "12345e6", "=", "<<"), "v?", g.str("", "1.0", "~"))
}

func (g drawer) env() kube.Node {
	secret := func(name string) kube.Node {
		return g.object("secretKeyRef", g.object("name", name, "key", "k"))
	}
	return g.some(
		g.object("name", "A", "value", g.str("1", "no", "")), g.object("name", "B"),
		g.object("name", "C", "valueFrom", g.pick(secret("x"), secret("y"))), g.object("name", "D", "value", "$(A)"))
}

func (g drawer) ports() kube.Node {
	return g.some(
		g.object("name", "http", "containerPort", 8080, "protocol?", "TCP"),
		g.object("name", "dns", "containerPort", 53, "protocol?", "UDP"),
		g.object("name", "dns-tcp", "containerPort", 53, "protocol?", "TCP"),
		g.object("name", "admin", "containerPort", g.num(8080, 9090)))
}

func (g drawer) mounts() kube.Node {
	return g.some(
		g.object("name", "tmp", "mountPath", "/tmp"), g.object("name", "cfg", "mountPath", "/etc/web", "readOnly?", true),
		g.object("name", "cfg", "mountPath", g.str("/x", "/y"), "subPath?", "s"))
}

func (g drawer) probe() kube.Node {
	return g.pick(
		g.object("httpGet", g.object("path", g.str("/a", "/b"), "port", g.pick(kube.Str("http"), kube.Integer(80))), "periodSeconds?", g.num(1, 5)),
		g.object("tcpSocket", g.object("port", 80), "periodSeconds?", 5),
		g.object("exec", g.object("command", g.strs("true", "x"))), g.object("grpc", g.object("port", 1)))
}

func (g drawer) container(name string) kube.Node {
	resources := g.object("cpu?", g.str("1", "500m"), "memory?", g.str("1Gi", "512Mi"))
	return g.object("name", name, "image", g.str("registry.invalid/web", "other:1.0"),
		"command?", g.strs("sh", "-c", "echo"), "args?", g.strs("--a=1", "no", "8080"),
		"ports?", g.ports(), "envFrom?", g.some(g.object("configMapRef", g.object("name", "a")), g.object("configMapRef", g.object("name", g.str("b", "c")))),
		"env?", g.env(), "resources?", g.object("requests?", resources, "limits?", resources),
		"volumeMounts?", g.mounts(), "startupProbe?", g.probe(), "livenessProbe?", g.probe(),
		"lifecycle?", g.object("preStop", g.object("exec", g.object("command", g.strs("sleep", "5")))),
		"securityContext?", g.object("readOnlyRootFilesystem?", true, "capabilities?", g.object("drop", g.strs("ALL"))))
}

func (g drawer) podSpec() kube.Node {
	return g.object("serviceAccountName?", "web", "securityContext?", g.object("fsGroup?", g.num(1, 2)),
		"initContainers?", g.some(g.container("init"), g.container("migrate"), g.container("proxy")),
		"containers", g.some(g.container("web"), g.container("sidecar"), g.container("log"), g.container("zip")),
		"volumes?", g.some(
			g.object("name", "tmp", "emptyDir", g.object("sizeLimit?", "1Gi")),
			g.object("name", "cfg", "configMap", g.object("name", g.str("a", "b"), "items?", g.some(g.object("key", "a", "path", "b")))),
			g.pick(g.object("name", "x", "secret", g.object("secretName", "s")), g.object("name", "x", "emptyDir", g.object()))),
		"nodeSelector?", g.labels(), "affinity?", g.object("podAntiAffinity?", g.object(
			"preferredDuringSchedulingIgnoredDuringExecution", g.some(g.object("weight", g.num(1, 100), "podAffinityTerm",
				g.object("labelSelector", g.object("matchExpressions", g.some(g.object("key", "a", "operator", "Exists"), g.object("key", "b", "operator", "Exists"))), "topologyKey", "zone"))))),
		"tolerations?", g.some(g.object("key", "a", "operator", "Exists"), g.object("key", "a", "effect", "NoSchedule"), g.object("operator", "Exists")),
		"topologySpreadConstraints?", g.some(
			g.object("maxSkew", g.num(1, 2), "topologyKey", "zone", "whenUnsatisfiable", "DoNotSchedule"),
			g.object("maxSkew", 1, "topologyKey", "host", "whenUnsatisfiable", g.str("ScheduleAnyway", "DoNotSchedule"), "labelSelector?", g.object("matchLabels", g.labels()))),
		"imagePullSecrets?", g.some(g.object("name", "a"), g.object("name", "b")),
		"hostAliases?", g.some(g.object("ip", "10.0.0.1", "hostnames", g.strs("a", "b"))))
}

func (g drawer) template() kube.Node {
	return g.object("metadata?", g.object("labels?", g.labels(), "annotations?", g.labels()), "spec", g.podSpec())
}

// objects draws one object of each kind, or leaves it out.
func (g drawer) objects() []kube.Node {
	netPorts := func() kube.Node {
		return g.some(g.object("protocol", "TCP", "port", g.pick(kube.Str("http"), kube.Integer(80))), g.object("port", 53), g.object("protocol", "UDP", "port", 53))
	}
	peers := func() kube.Node {
		return g.some(g.object("podSelector", g.object()), g.object("podSelector", g.object("matchLabels", g.labels())), g.object("ipBlock", g.object("cidr", "0.0.0.0/0", "except?", g.strs("10.0.0.0/8"))))
	}
	backend := func() kube.Node {
		return g.object("service", g.object("name", "web", "port", g.object("number", g.num(80, 81))))
	}
	all := []func() kube.Node{
		func() kube.Node {
			return g.header("apps/v1", "Deployment", "web", "spec", g.object("replicas?", g.num(1, 3),
				"strategy?", g.pick(g.object("type", "Recreate"), g.object("type", "RollingUpdate", "rollingUpdate?", g.object("maxSurge", g.pick(kube.Integer(1), kube.Str("25%"))))),
				"selector", g.object("matchLabels", g.object("app", "web")), "template", g.template()))
		},
		func() kube.Node {
			return g.header("apps/v1", "StatefulSet", "db", "spec", g.object("replicas?", g.num(1, 3), "serviceName", "db", "template", g.template(),
				"volumeClaimTemplates?", g.some(
					g.object("metadata", g.object("name", "data"), "spec", g.object("accessModes", g.strs("ReadWriteOnce"), "resources", g.object("requests", g.object("storage", g.str("1Gi", "2Gi"))))))))
		},
		func() kube.Node {
			return g.header("apps/v1", "DaemonSet", "agent", "spec", g.object("updateStrategy?", g.object("type", "OnDelete"), "template", g.template()))
		},
		func() kube.Node {
			return g.header("batch/v1", "Job", "once", "spec", g.object("backoffLimit?", g.num(0, 3), "template", g.template()))
		},
		func() kube.Node {
			return g.header("batch/v1", "CronJob", "nightly", "spec", g.object("schedule", g.str("0 3 * * *", "0 4 * * *"), "jobTemplate", g.object("spec", g.object("template", g.template()))))
		},
		func() kube.Node {
			return g.header("v1", "Service", "web", "spec", g.object("clusterIP?", "None", "selector", g.labels(), "ports", g.some(
				g.object("name", "http", "port", 80, "targetPort", g.pick(kube.Str("http"), kube.Integer(8080)), "protocol?", "TCP"),
				g.object("name", "dns", "port", 53, "protocol?", "UDP"), g.object("name", "dns-tcp", "port", 53, "protocol?", "TCP"))))
		},
		func() kube.Node {
			return g.header("v1", "ServiceAccount", "web", "automountServiceAccountToken?", false, "imagePullSecrets?", g.some(g.object("name", "a"), g.object("name", "b")))
		},
		func() kube.Node {
			return g.header("v1", "ConfigMap", "web", "immutable?", true, "data?", g.object("a?", g.str("1", "no"), "run.sh?", g.str("a\nb\n", "a\n", "\ta\n", "a \n\n"), "y?", "x"))
		},
		func() kube.Node {
			return g.header("autoscaling/v2", "HorizontalPodAutoscaler", "web", "spec", g.object("minReplicas?", g.num(1, 2), "maxReplicas", g.num(3, 5),
				"metrics?", g.some(
					g.object("type", "Resource", "resource", g.object("name", "cpu", "target", g.object("type", "Utilization", "averageUtilization", g.num(60, 80)))),
					g.object("type", "Resource", "resource", g.object("name", "memory", "target", g.object("type", "AverageValue", "averageValue", "1Gi")))),
				"behavior?", g.object("scaleDown?", g.object("stabilizationWindowSeconds?", g.num(0, 300), "policies?", g.some(g.object("type", "Pods", "value", 1, "periodSeconds", 60))))))
		},
		func() kube.Node {
			return g.header("policy/v1", "PodDisruptionBudget", "web", "spec", g.pick(g.object("minAvailable", g.pick(kube.Integer(1), kube.Str("50%"))), g.object("maxUnavailable", 1)))
		},
		func() kube.Node {
			return g.header("networking.k8s.io/v1", "NetworkPolicy", "web", "spec", g.object("podSelector", g.object("matchLabels?", g.labels()), "policyTypes", g.strs("Ingress", "Egress"),
				"ingress?", g.some(g.object("from?", peers(), "ports?", netPorts()), g.object()), "egress?", g.some(g.object("to?", peers(), "ports?", netPorts()))))
		},
		func() kube.Node {
			return g.header("networking.k8s.io/v1", "Ingress", "web", "spec", g.object("ingressClassName?", "nginx", "tls?", g.some(g.object("hosts", g.strs("a.example.com", "b.example.com"), "secretName", "t")),
				"rules", g.some(
					g.object("host", "a.example.com", "http", g.object("paths", g.some(g.object("path", "/", "pathType", "Prefix", "backend", backend()), g.object("path", "/x", "pathType", "Exact", "backend", backend())))),
					g.object("host", "b.example.com"))))
		},
		func() kube.Node {
			return g.header("gateway.networking.k8s.io/v1", "HTTPRoute", "web", "spec", g.object("parentRefs", g.some(g.object("name", "gw"), g.object("name", "gw2")), "hostnames?", g.strs("a", "b"),
				"rules", g.some(g.object("matches?", g.some(g.object("path", g.object("type", "PathPrefix", "value", "/"))), "backendRefs", g.some(g.object("name", "web", "port", 80, "weight?", g.num(1, 9)))))))
		},
		func() kube.Node {
			return g.header("argoproj.io/v1alpha1", "Rollout", "web", "spec", g.object("replicas?", g.num(1, 3), "template", g.template(),
				"strategy?", g.object("canary", g.object("steps", g.some(g.object("setWeight", g.num(5, 50)), g.object("pause", g.object()))))))
		},
		func() kube.Node {
			return g.header("rbac.authorization.k8s.io/v1", "Role", "web", "rules", g.some(g.object("apiGroups", g.strs("", "apps"), "resources", g.strs("pods"), "verbs", g.strs("get", "list"))))
		},
		func() kube.Node {
			return g.header("rbac.authorization.k8s.io/v1", "RoleBinding", "web", "roleRef", g.object("kind", "Role", "name", "web"), "subjects", g.some(g.object("kind", "ServiceAccount", "name", "web")))
		},
	}
	var out []kube.Node
	for _, draw := range all {
		if rapid.IntRange(0, 9).Draw(g.t, "present") > 0 {
			out = append(out, draw())
		}
	}
	return out
}
