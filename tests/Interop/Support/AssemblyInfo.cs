// Two cores and several node processes a test: in parallel they would only take each other's time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
