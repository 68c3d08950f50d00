package judge

import (
	"encoding/json"
	"strings"

	"github.com/argoproj/notifications-engine/pkg/api"
	"github.com/argoproj/notifications-engine/pkg/services"
	corev1 "k8s.io/api/core/v1"
)

// notifications has Argo CD's own engine read what its notifications are told, and runs it on
// Applications in several states: whether it speaks, where to, and what it says.
func (j *argoJudge) notifications(t *Tree) {
	for _, o := range t.Objects() {
		if o.Kind() != "v1 ConfigMap" || o.GetName() != "argocd-notifications-cm" {
			continue
		}
		say := func(format string, args ...any) { j.add(o.place(), "data", format, args...) }
		cm, err := typed[corev1.ConfigMap](o.Object)
		if err != nil {
			continue // said by Strict
		}
		cfg, err := api.ParseConfig(cm, &corev1.Secret{Data: map[string][]byte{"slipway-token": []byte("a-token")}})
		if err != nil {
			say("%v", err)
			continue
		}
		sent := &recorder{}
		for name := range cfg.Services {
			cfg.Services[name] = func() (services.NotificationService, error) { return sent, nil }
		}
		engine, err := api.NewAPI(*cfg, func(app map[string]any, _ services.Destination) map[string]any { return map[string]any{"app": app} })
		if err != nil {
			say("%v", err)
			continue
		}
		if !strings.Contains(cm.Data["service.webhook.slipway"], "value: $slipway-token") {
			say("nobody knows that it is Argo CD that speaks")
		}
		for _, c := range []struct {
			phase, sync, health string
			speaks              bool
		}{
			{"Succeeded", "Synced", "Healthy", true},
			{"Succeeded", "Synced", "Degraded", true},
			{"Failed", "OutOfSync", "Healthy", true},
			{"Running", "OutOfSync", "Progressing", false},
			{"Succeeded", "OutOfSync", "Healthy", false},
			{"", "OutOfSync", "Missing", false},
		} {
			app := map[string]any{
				"metadata": map[string]any{"name": "cart-dev"},
				"status":   map[string]any{"sync": map[string]any{"status": c.sync}, "health": map[string]any{"status": c.health}},
			}
			if c.phase != "" {
				app["status"].(map[string]any)["operationState"] = map[string]any{"phase": c.phase, "syncResult": map[string]any{"revision": "a"}}
			}
			results, err := engine.RunTrigger("slipway-settle", app)
			if err != nil {
				say("%v", err)
				break
			}
			speaks := false
			for _, r := range results {
				if !r.Triggered {
					continue
				}
				speaks = true
				if err := engine.Send(app, r.Templates, services.Destination{Service: "slipway"}); err != nil {
					say("%v", err)
				}
			}
			if speaks != c.speaks {
				say("of an Application that is %s, %s and %q it speaks: %v", c.sync, c.health, c.phase, speaks)
			}
		}
		for _, n := range sent.sent {
			var body struct{ Fleet, Application string }
			if err := json.Unmarshal([]byte(n.Webhook["slipway"].Body), &body); err != nil || body.Application != "cart-dev" || body.Fleet == "" || n.Webhook["slipway"].Method != "POST" {
				say("what it sends is %+v: %v", n.Webhook["slipway"], err)
				break
			}
		}
	}
}

// recorder keeps what would be sent.
type recorder struct{ sent []services.Notification }

func (r *recorder) Send(n services.Notification, _ services.Destination) error {
	r.sent = append(r.sent, n)
	return nil
}
