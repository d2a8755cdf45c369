using System.Diagnostics;
using System.Globalization;

namespace P2P.Bench;

/// <summary>
/// CPU time, wall time and allocation of a piece of work in this process, both ends included. Judge by CPU or by the ratio to a yardstick of the
/// same run: wall time follows the load of the machine.
/// </summary>
internal sealed class Measurement
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpuBefore = Environment.CpuUsage.TotalTime;
    private readonly long _allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);

    /// <summary>Ends it.</summary>
    public (double CpuSeconds, double WallSeconds, long AllocatedBytes) Stop() =>
        ((Environment.CpuUsage.TotalTime - _cpuBefore).TotalSeconds, Stopwatch.GetElapsedTime(_startedAt).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - _allocatedBefore);

    /// <summary>One JSON line.</summary>
    /// <param name="name">Which bench.</param>
    /// <param name="values">Numbers with their units in their names.</param>
    public static void Print(string name, params (string Key, double Value)[] values) => Console.WriteLine(
        $$"""{"bench":"{{name}}",{{string.Join(',', values.Select(v => string.Create(CultureInfo.InvariantCulture, $"\"{v.Key}\":{v.Value:0.####}")))}}}""");

    /// <summary>The middle of the values.</summary>
    /// <param name="values">At least one.</param>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
