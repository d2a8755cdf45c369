namespace P2P.Core.Runtime;

/// <summary>Where a piece of work began, in wall time and in CPU time of its thread.</summary>
/// <param name="At">Time stamp.</param>
/// <param name="Cpu">CPU time of the thread; null where it is not known.</param>
/// <param name="Thread">The thread.</param>
public readonly record struct WorkMark(long At, TimeSpan? Cpu, int Thread);
