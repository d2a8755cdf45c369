namespace P2P.Cli.Benchmarks;

/// <summary>Time of one kind of work, measured where it is done.</summary>
/// <param name="WallMs">Wall milliseconds; pieces that ran at the same time both count.</param>
/// <param name="CpuMs">CPU milliseconds of the threads that did it.</param>
internal readonly record struct WorkShare(double WallMs, double CpuMs)
{
    public static WorkShare operator -(WorkShare later, WorkShare before) => new(later.WallMs - before.WallMs, later.CpuMs - before.CpuMs);
}
