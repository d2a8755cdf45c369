using P2P.Bench;
using P2P.Core.Crypto;

// One JSON line per figure. Arguments name what runs: crypto, throughput, connections, latency, events, store, itc, growth; none runs
// all. `quick` makes the rounds small; `without-libsodium` measures what a machine without it does. `taskset -c 0` in front: one core.
HashSet<string> wanted = [.. args];
bool quick = wanted.Remove("quick");
if (wanted.Remove("without-libsodium"))
{
    AppContext.SetSwitch(CurveBackends.WithoutSodium, true); // before anything is verified
}

bool all = wanted.Count == 0;
if (all || wanted.Contains("crypto"))
{
    CryptoBench.Frames(quick ? 5 : 15);
    CryptoBench.Handshakes(quick ? 500 : 5000);
}

if (all || wanted.Contains("throughput"))
{
    await ConnectionBench.ThroughputAsync(rounds: quick ? 3 : 15, megabytes: quick ? 200 : 500);
}

if (all || wanted.Contains("connections"))
{
    await ConnectionBench.HandshakesAsync(quick ? 300 : 3000);
}

if (all || wanted.Contains("latency"))
{
    await ConnectionBench.LatencyAsync(quick ? 5_000 : 50_000);
}

if (all || wanted.Contains("events"))
{
    await IngestBench.RunAsync(quick ? 5_000 : 50_000, speedSeconds: quick ? 1 : 5);
    await EventBench.RunAsync(quick ? 2_000 : 20_000);
}

if (all || wanted.Contains("store"))
{
    await StoreBench.RunAsync(documents: 1, quick ? 5_000 : 50_000, rounds: 5);
    await StoreBench.RunAsync(documents: quick ? 20 : 200, 4_200, rounds: 5);
}

if (all || wanted.Contains("itc"))
{
    ClockBench.Run(quick ? 40 : 400);
}

if (all || wanted.Contains("growth"))
{
    GrowthBench.Run(quick ? [100_000, 1_000_000] : [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000], quick ? 3 : 7);
}
