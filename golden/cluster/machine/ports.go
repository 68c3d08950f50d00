package machine

// DefaultPort begins the range of a cluster's ports when Options names no other. The range
// lies below the ports that Linux hands out to clients.
const DefaultPort = 27400

// Ports of the range, as offsets from Cluster.Port.
const (
	portEtcd = iota
	portEtcdPeer
	portAPI
	portControllerManager
	portScheduler
	portTektonController // its health and metrics
	portTektonMetrics
	portTektonWebhook
	portTektonWebhookMetrics
	portTektonWebhookHealth
	portResolvers
	portResolversMetrics
	portTriggersController
	portTriggersMetrics
	portInterceptors
	portInterceptorsMetrics
	portRedis
	portRepoServer
	portRepoServerMetrics
	portArgoController
	portRollouts
	portRolloutsHealth
	portGit
	portRegistry
	portChainsMetrics

	// PortNode is the first of ten for the pod runner or the node: kubelet, containerd.
	PortNode = 40
	// portSinks is the first for sinks of EventListeners, one each.
	portSinks = 50
	// ports is how many the range has.
	ports = 60
)
