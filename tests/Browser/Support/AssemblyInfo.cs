// Two cores and a browser of many processes: in parallel the tests would only take each other's time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
