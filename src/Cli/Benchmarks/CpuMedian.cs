namespace P2P.Cli.Benchmarks;

/// <summary>
/// CPU time of work that is done again and again: the process's, so that collecting its garbage counts, in milliseconds, the middle of the rounds.
/// Rounds before the first measured one let the just-in-time compiler finish.
/// </summary>
/// <param name="rounds">Measured ones, at least 1.</param>
/// <param name="time">For the pauses in which methods that turned out to be hot are compiled.</param>
internal sealed class CpuMedian(int rounds, TimeProvider time)
{
    private const int Phases = 3;
    private const int PhaseRoundsMax = 10;
    private const double PhaseMs = 150;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(120);

    /// <summary>Measures.</summary>
    /// <param name="work">One round; what it returns is kept until the next, so that the work cannot be optimised away.</param>
    /// <param name="isWarm">Whether the same code ran hot before: no warm-up.</param>
    /// <param name="cancellationToken">Ends it between rounds.</param>
    public async Task<double> MeasureAsync(Func<object> work, bool isWarm, CancellationToken cancellationToken)
    {
        if (!isWarm)
        {
            await WarmUpAsync(work, cancellationToken);
        }

        double[] milliseconds = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            milliseconds[i] = Measure(work);
        }

        Array.Sort(milliseconds);
        return milliseconds[rounds / 2];
    }

    private async Task WarmUpAsync(Func<object> work, CancellationToken cancellationToken)
    {
        for (int phase = 0; phase < Phases; phase++)
        {
            double spent = 0;
            for (int i = 0; i < PhaseRoundsMax && spent < PhaseMs; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                spent += Measure(work);
            }

            await Task.Delay(s_pause, time, cancellationToken); // tiers are raised only after a moment without new methods
        }
    }

    private static double Measure(Func<object> work)
    {
        GC.Collect(); // a round pays for its own garbage only
        GC.WaitForPendingFinalizers();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        object kept = work();
        TimeSpan spent = Environment.CpuUsage.TotalTime - before;
        GC.KeepAlive(kept);
        return spent.TotalMilliseconds;
    }
}
