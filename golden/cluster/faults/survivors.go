package faults

// Survivors are the faults that no judge catches, with the reason. One more or one fewer
// fails the test.
func Survivors() map[string]string {
	return map[string]string{
		"a claim of resources is not made":                     "needs the feature DynamicResourceAllocation, which is off by default: the API server drops the field, and says nothing",
		"a Service is of two address families and one address": "asked where the API server hands out addresses (registry/core/service/storage/alloc.go), which needs a cluster's address ranges; Slipway sets no families",
	}
}
