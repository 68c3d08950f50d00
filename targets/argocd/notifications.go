package argocd

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// subscription on an Application has Argo CD tell the promoter what becomes of it.
const subscription = "notifications.argoproj.io/subscribe.slipway-settle.slipway"

// settling is what Argo CD's notifications are told, key by key beside what others configure
// there, and who may read Applications for the promoter. It is never applied by hand: kubectl
// would take out what others wrote.
//
// An event only says where to look; the promoter looks itself. It is sent once for each
// revision that was deployed, and once each time that something went wrong; what gets lost
// is found by the promoter's CronJob.
func settling(p *ir.Platform) plan.File {
	meta := func(name string, options ...string) metav1.ObjectMeta {
		m := metav1.ObjectMeta{Name: name, Namespace: p.ArgoCD, Labels: map[string]string{labelManagedBy: "slipway"}}
		if len(options) > 0 {
			m.Annotations = map[string]string{"argocd.argoproj.io/sync-options": strings.Join(options, ",")}
		}
		return m
	}
	notifications := meta("argocd-notifications-cm", "Delete=false", "Prune=false", "ServerSideApply=true")
	notifications.Labels = map[string]string{"app.kubernetes.io/name": "argocd-notifications-cm", "app.kubernetes.io/part-of": "argocd"} // as Argo CD's release has it
	rbac := func(kind string) metav1.TypeMeta {
		return metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: kind}
	}
	return plan.File{
		Path: path.Join(clusterDir(p.Pipelines.Cluster), "settling.yaml"), Owner: plan.Fleet,
		Body: kube.Encode(
			kube.FromObject(&corev1.ConfigMap{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: notifications,
				Data: map[string]string{
					"service.webhook.slipway": fmt.Sprintf(`url: %s
headers:
- name: Content-Type
  value: application/json
- name: X-Gitlab-Event
  value: slipway-settle
- name: X-Gitlab-Token
  value: $slipway-token
`, p.Pipelines.Promoter),
					"template.slipway-settle": fmt.Sprintf(`webhook:
  slipway:
    method: POST
    body: |
      {"fleet": "%s", "application": "{{.app.metadata.name}}"}
`, p.Name),
					"trigger.slipway-settle": `- description: what was synced is well
  when: app.status.operationState != nil and app.status.operationState.phase == 'Succeeded' and app.status.sync.status == 'Synced' and app.status.health.status == 'Healthy'
  oncePer: app.status.operationState?.syncResult?.revision
  send: [slipway-settle]
- description: it is not well
  when: app.status.health.status == 'Degraded'
  send: [slipway-settle]
- description: it could not be synced
  when: app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']
  send: [slipway-settle]
`,
				},
			}),
			kube.FromObject(&corev1.ServiceAccount{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: meta("slipway-observer"), AutomountServiceAccountToken: new(bool),
			}),
			kube.FromObject(&rbacv1.Role{
				TypeMeta: rbac("Role"), ObjectMeta: meta("slipway-observer"),
				Rules: []rbacv1.PolicyRule{{APIGroups: []string{"argoproj.io"}, Resources: []string{"applications"}, Verbs: []string{"get", "list"}}},
			}),
			kube.FromObject(&rbacv1.RoleBinding{
				TypeMeta: rbac("RoleBinding"), ObjectMeta: meta("slipway-observer"),
				RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "slipway-observer"},
				Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: "slipway-observer", Namespace: p.ArgoCD}},
			}),
		),
	}
}
