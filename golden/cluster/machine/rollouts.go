package machine

import "context"

// startRollouts starts the controller of Argo Rollouts.
func (c *Cluster) startRollouts(ctx context.Context) error {
	err := c.Start(Process{
		Name: "rollouts-controller",
		Path: "rollouts-controller",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(),
			"--leader-elect=false",
			"--metricsport=" + c.port(portRollouts), "--healthzPort=" + c.port(portRolloutsHealth),
			"--rollout-threads=4", "--experiment-threads=2", "--analysis-threads=4",
			"--service-threads=2", "--ingress-threads=2",
		},
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "rollouts-controller", c.answers("http://127.0.0.1:"+c.port(portRolloutsHealth)+"/healthz"))
}
