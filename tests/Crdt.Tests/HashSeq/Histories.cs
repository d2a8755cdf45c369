namespace P2P.Crdt.Tests.HashSeq;

/// <summary>
/// Runs a property over many seeds: 2,000 in CI, what the issue asks for. HASHSEQ_HISTORIES and HASHSEQ_SEED choose more or one; a failure names its seed.
/// </summary>
internal static class Histories
{
    private const int InCi = 2_000;

    public static void Run(Action<ulong> property)
    {
        int histories = int.Parse(Environment.GetEnvironmentVariable("HASHSEQ_HISTORIES") ?? "0");
        histories = histories > 0 ? histories : InCi;
        ulong first = ulong.Parse(Environment.GetEnvironmentVariable("HASHSEQ_SEED") ?? "1");
        for (ulong seed = first; seed < first + (ulong)histories; seed++)
        {
            try
            {
                property(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"HASHSEQ_SEED={seed} HASHSEQ_HISTORIES=1", e);
            }
        }
    }
}
