package faults

// routes breaks Services, Ingresses and HTTPRoutes.
func routes() []row {
	const path = "spec.rules[0].http.paths[0]."
	const match = "spec.rules[0].matches[0].path."
	const backend = "spec.rules[0].backendRefs[0]."
	rows := []row{
		{worst, "a Service selects no pods", set(service, "spec.selector['app.kubernetes.io/name']", "shopp")},
		{usual, "a Service selects the pods of the other process too", drop(service, "spec.selector['app.kubernetes.io/component']")},
		{usual, "a Service has no ports", drop(service, "spec.ports")},
		{usual, "a Service with several ports leaves one without a name", drop(service, "spec.ports[metrics].name")},
		{usual, "two ports of a Service have one name", set(service, "spec.ports[metrics].name", "http")},
		{usual, "two ports of a Service have one number", set(service, "spec.ports[metrics].port", 80)},
		{usual, "a Service leads to a port that no pod has", set(service, "spec.ports[http].targetPort", "web")},
		{usual, "a Service inside the cluster picks its callers' addresses", set(service, "spec.loadBalancerSourceRanges", l("10.0.0.0/8"))},
		{usual, "a Service inside the cluster has a port on every node", set(service, "spec.ports[http].nodePort", 30080)},
		{usual, "a Service keeps traffic on nodes inside the cluster", set(service, "spec.externalTrafficPolicy", "Local")},
		{usual, "a Service is an alias of nothing", set(service, "spec.type", "ExternalName")},
		{usual, "a Service of a load balancer has no address of its own", set(outside, "spec.clusterIP", "None")},
		{usual, "a Service's sessions last for ever", both(set(service, "spec.sessionAffinity", "ClientIP"), set(service, "spec.sessionAffinityConfig", m{"clientIP": m{"timeoutSeconds": 100000}}))},
		{usual, "a Service is of two address families and one address", both(set(service, "spec.ipFamilyPolicy", "SingleStack"), set(service, "spec.ipFamilies", l("IPv4", "IPv6")))},
		{usual, "a Service is gone and its route is not", both(drop(shopFolder+"kustomization.yaml", "resources[service.yaml]"), gone(service))},
		{usual, "an ingress path has no type", drop(ingress, path+"pathType")},
		{usual, "an ingress has no backend", drop(ingress, path+"backend")},
		{usual, "an ingress backend is two things", set(ingress, path+"backend.resource", m{"apiGroup": "k8s.io", "kind": "Bucket", "name": "a"})},
		{usual, "an ingress backend has no port", drop(ingress, path+"backend.service.port")},
		{usual, "an ingress backend's port has a name and a number", set(ingress, path+"backend.service.port.number", 80)},
		{usual, "an ingress leads to a Service that there is not", set(ingress, path+"backend.service.name", "shopp")},
		{usual, "an ingress leads to a port that its Service has not", set(ingress, path+"backend.service.port.name", "web")},
		{usual, "an ingress has no rules", drop(ingress, "spec.rules")},
		{usual, "an ingress rule has no paths", set(ingress, "spec.rules[0].http.paths", l())},
		{usual, "an ingress's certificate is for a host that is none", set(ingress, "spec.tls[0].hosts[0]", "shop_1.example")},
		{usual, "an ingress names its class in two ways", set(ingress, "metadata.annotations['kubernetes.io/ingress.class']", "traefik")},
		{usual, "an HTTPRoute has no parent's name", drop(route, "spec.parentRefs[0].name")},
		{usual, "an HTTPRoute's backend has no port", drop(route, backend+"port")},
		{usual, "an HTTPRoute's backend has no name", drop(route, backend+"name")},
		{usual, "an HTTPRoute leads to a Service that there is not", set(route, backend+"name", "shopp")},
		{usual, "an HTTPRoute leads to a port that its Service has not", set(route, backend+"port", 81)},
		{usual, "an HTTPRoute both redirects and forwards", set(route, "spec.rules[0].filters", l(m{"type": "RequestRedirect", "requestRedirect": m{"scheme": "https"}}))},
		{usual, "an HTTPRoute's filter says what another does", set(route, "spec.rules[0].filters", l(m{"type": "URLRewrite", "requestRedirect": m{"scheme": "https"}}))},
		{usual, "an HTTPRoute has the same parent twice", again(route, "spec.parentRefs")},
	}
	return concat(rows,
		wrong(service, "metadata.name", "a Service's name", "Shop", "1shop", "shop.web"),
		wrong(service, "spec.type", "a Service's type", "Cluster"),
		wrong(service, "spec.clusterIP", "a Service's address", "none", "10.0.0"),
		wrong(service, "spec.ports[http].port", "a Service's port", 0, 65536),
		wrong(service, "spec.ports[http].protocol", "a Service's protocol", "tcp", "HTTP"),
		wrong(service, "spec.ports[http].targetPort", "a Service's target", "WEB", 70000),
		wrong(service, "spec.ports[http].name", "a Service's port name", "HTTP_1"),
		wrong(service, "spec.ports[http].appProtocol", "a Service's application protocol", "a b"),
		wrong(service, "spec.sessionAffinity", "a Service's sessions", "Cookie"),
		wrong(service, "spec.selector.tier", "a Service's selector", "a b"),
		wrong(service, "spec.internalTrafficPolicy", "a Service's traffic", "Near"),
		wrong(service, "spec.externalIPs", "a Service's outer address", l("0.0.0.0"), l("a")),
		wrong(outside, "spec.loadBalancerSourceRanges", "the callers' range", l("198.51.100.0"), l("everybody")),
		wrong(outside, "spec.externalTrafficPolicy", "a load balancer's traffic", "Near"),
		wrong(ingress, path+"pathType", "a path's type", "prefix", "Regex"),
		wrong(ingress, path+"path", "an ingress path", "shop", "/a//b", "/../a"),
		wrong(ingress, "spec.rules[0].host", "an ingress host", "shop.small.example:443", "10.0.0.1", "Shop_1", "*.*.example"),
		wrong(ingress, "spec.tls[0].secretName", "the certificate's secret", "Small TLS"),
		wrong(ingress, "spec.ingressClassName", "an ingress class", "Nginx!"),
		wrong(ingress, path+"backend.service.name", "an ingress backend", "Shop"),
		wrong(ingress, path+"backend.service.port", "an ingress backend's port", m{"number": 0}, m{"name": "HTTP"}),
		wrong(route, match+"type", "a match's type", "Prefix"),
		wrong(route, match+"value", "a match's path", "shop", "/a//b", "/a/../b", long(1025)),
		wrong(route, "spec.hostnames", "a route's host", l("shop.small.example:443"), l("Shop.example"), l("10.0.0.1")),
		wrong(route, backend+"port", "a route's port", 0, 65536),
		wrong(route, backend+"weight", "a route's weight", -1),
		wrong(route, "spec.rules[0].matches[0].method", "a route's method", "get"),
	)
}

// networkPolicies breaks NetworkPolicies.
func networkPolicies() []row {
	const block = "spec.egress[-1].to[0].ipBlock"
	rows := []row{
		{worst, "a network policy selects no pods", set(policy, "spec.podSelector.matchLabels['app.kubernetes.io/name']", "shopp")},
		{usual, "a network policy is gone", both(drop(shopFolder+"kustomization.yaml", "resources[networkpolicy.yaml]"), gone(policy))},
		{usual, "a peer is an address range and pods", set(policy, "spec.egress[-1].to[0].podSelector", m{})},
		{usual, "a peer is nobody", set(policy, "spec.egress[-1].to[0]", m{})},
		{usual, "an exception is not inside its range", set(policy, block+".except", l("192.0.2.0/25"))},
		{usual, "an exception is its whole range", set(policy, block+".except", l("203.0.113.0/24"))},
		{usual, "a range of ports ends before it begins", set(policy, "spec.egress[-1].ports[0].endPort", 25)},
		{usual, "a range of ports begins with a name", both(set(policy, "spec.egress[-1].ports[0].port", "smtp"), set(policy, "spec.egress[-1].ports[0].endPort", 600))},
		{usual, "a selector of a namespace has a wrong operator", set(policy, "spec.ingress[-1].from[0].namespaceSelector", m{"matchExpressions": l(m{"key": "a", "operator": "Like", "values": l("b")})})},
		{usual, "a network policy admits a port that no pod has", set(policy, "spec.ingress[-1].ports[0].port", 9091)},
		{usual, "a network policy admits callers of a port by a name that no pod has", set(policy, "spec.ingress[-1].ports[0].port", "metricz")},
	}
	return concat(rows,
		wrong(policy, block+".cidr", "an address range", "203.0.113.0", "203.0.113.0/33", "the mail server", ""),
		wrong(policy, "spec.policyTypes", "a policy's types", l("ingress"), l("Ingress", "Egress", "Ingress")),
		wrong(policy, "spec.egress[-1].ports[0].port", "a peer's port", 0, 65536, "NOT-A-PORT"),
		wrong(policy, "spec.egress[-1].ports[0].protocol", "a peer's protocol", "tcp", "ICMP"),
		wrong(policy, "spec.podSelector.matchLabels.tier", "a policy's selector", "a b"),
		wrong(policy, "spec.ingress[-1].from[0].namespaceSelector.matchLabels", "a peer's namespace", m{"a b": "c"}),
	)
}

// scaling breaks HorizontalPodAutoscalers and PodDisruptionBudgets.
func scaling() []row {
	const target = "spec.metrics[0].resource.target."
	rows := []row{
		{worst, "a scaler has fewer pods at most than at least", set(scaler, "spec.maxReplicas", 1)},
		{usual, "a scaler has no upper bound", drop(scaler, "spec.maxReplicas")},
		{usual, "a scaler scales nothing", drop(scaler, "spec.scaleTargetRef")},
		{usual, "a scaler scales a deployment that there is not", set(scaler, "spec.scaleTargetRef.name", "shopp")},
		{usual, "a scaler scales a kind that is another's", set(scaler, "spec.scaleTargetRef.kind", "StatefulSet")},
		{usual, "a scaler's target has no kind", drop(scaler, "spec.scaleTargetRef.kind")},
		{usual, "a scaler's metric names no resource", drop(scaler, "spec.metrics[0].resource.name")},
		{usual, "a scaler's metric has no target", drop(scaler, "spec.metrics[0].resource.target")},
		{usual, "a scaler's metric has no aim", drop(scaler, target+"averageUtilization")},
		{usual, "a scaler's metric aims at two things", set(scaler, target+"averageValue", "1")},
		{usual, "a scaler's metric is of another type than it says", set(scaler, "spec.metrics[0].type", "Pods")},
		{usual, "a scaler scales by a resource that no container asks for", both(drop(shop, main+"resources.requests"), drop(shop, main+"resources.limits"))},
		{usual, "a scaler and the deployment both set the number of pods", set(shop, "spec.replicas", 2)},
		{usual, "a budget says both what stays and what goes", set(budget, "spec.minAvailable", 1)},
		{usual, "a budget selects no pods", set(budget, "spec.selector.matchLabels['app.kubernetes.io/component']", "mian")},
		{usual, "a budget never lets a pod go", set(budget, "spec.maxUnavailable", 0)},
		{usual, "a budget's selector has a wrong operator", set(budget, "spec.selector.matchExpressions", l(m{"key": "a", "operator": "Like"}))},
		{usual, "two scalers scale one deployment", both(add(shopFolder+"kustomization.yaml", "resources", "second.yaml"), second(scaler, shopFolder+"second.yaml", "shop-again"))},
	}
	return concat(rows,
		wrong(scaler, "spec.minReplicas", "the fewest pods", 0, -1),
		wrong(scaler, "spec.maxReplicas", "the most pods", 0, -3),
		wrong(scaler, target+"averageUtilization", "the use of CPU", 0, -70),
		wrong(scaler, target+"type", "a target's type", "Percent"),
		wrong(scaler, "spec.metrics[0].type", "a metric's type", "Resources"),
		wrong(scaler, "spec.behavior", "the behaviour", m{"scaleDown": m{"stabilizationWindowSeconds": 4000}}, m{"scaleUp": m{"policies": l(m{"type": "Pod", "value": 1, "periodSeconds": 15})}}, m{"scaleUp": m{"policies": l(m{"type": "Pods", "value": 0, "periodSeconds": 15})}}, m{"scaleUp": m{"policies": l(m{"type": "Pods", "value": 1, "periodSeconds": 0})}}),
		wrong(budget, "spec.maxUnavailable", "what may be missing", -1, "110%", "one"),
		wrong(budget, "spec.unhealthyPodEvictionPolicy", "the eviction", "Always"),
	)
}
