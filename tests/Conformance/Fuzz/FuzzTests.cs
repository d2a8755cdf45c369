using System.Globalization;
using P2P.Core.Runtime;
using Xunit.Abstractions;

namespace P2P.Conformance.Fuzz;

/// <summary>
/// Every decoder against changed inputs: nothing is thrown, little is allocated, and what is taken reads back the same. A small share here, as much as one
/// likes by tests/long/fuzz.sh.
/// </summary>
/// <remarks>Inputs with a new outcome are kept and changed further. That is feedback by results, not by branches covered.</remarks>
/// <param name="output">Says how many inputs led to how many outcomes.</param>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int CorpusMax = 512;

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(static t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_bytes_break_a_decoder(string name)
    {
        if (Environment.GetEnvironmentVariable("P2P_FUZZ_TARGET") is { Length: > 0 } only && only != name)
        {
            return;
        }

        FuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        if (Environment.GetEnvironmentVariable("P2P_FUZZ_INPUT") is { Length: > 0 } replayed)
        {
            Try(target, Convert.FromHexString(replayed), "replayed");
            return;
        }

        ulong seed = (ulong)Number("P2P_FUZZ_SEED", 1);
        long inputs = Number("P2P_FUZZ_INPUTS", 3_000);
        SeededChance chance = new(seed ^ (ulong)FuzzTargets.All.ToList().IndexOf(target) << 32);
        FuzzMutator mutator = new(chance);
        List<byte[]> corpus = [.. target.Seeds];
        HashSet<(int, int)> outcomes = [];
        foreach (byte[] start in target.Seeds)
        {
            outcomes.Add((Try(target, start, "seed"), 0));
        }

        Assert.Contains(outcomes, static o => o.Item1 == 0); // a valid input is taken, or the target reads nothing
        for (long i = 0; i < inputs; i++)
        {
            byte[] input = mutator.Mutate(corpus[chance.Below(corpus.Count)], corpus[chance.Below(corpus.Count)]);
            int outcome = Try(target, input, string.Create(CultureInfo.InvariantCulture, $"seed {seed}, input {i}"));
            if (corpus.Count < CorpusMax && outcomes.Add((outcome, int.Log2(input.Length + 1))))
            {
                corpus.Add(input);
            }
        }

        output.WriteLine($"{name}: {inputs} inputs, {outcomes.Select(static o => o.Item1).Distinct().Count()} outcomes, {corpus.Count} kept");
    }

    private static int Try(FuzzTarget target, byte[] input, string which)
    {
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int outcome = target.Run(input);
            long spent = GC.GetAllocatedBytesForCurrentThread() - before;
            return spent <= (8 * input.Length) + 65_536 ? outcome : throw new FuzzException($"{spent} bytes were allocated");
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            string hex = Convert.ToHexString(input);
            Assert.Fail($"{target.Name} ({which}): {broken.GetType().Name} {broken.Message}\nreplay: P2P_FUZZ_TARGET={target.Name} P2P_FUZZ_INPUT={hex} tests/long/fuzz.sh\n{broken.StackTrace}");
            return -1;
        }
    }

    private static long Number(string variable, long fallback) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out long value) ? value : fallback;
}
