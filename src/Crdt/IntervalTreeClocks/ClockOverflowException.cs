namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>A counter would pass <see cref="ClockLimits.CounterMax"/>. The operands are unchanged.</summary>
public sealed class ClockOverflowException : ArithmeticException
{
    /// <summary>Creates one.</summary>
    public ClockOverflowException()
        : base($"A clock counter would pass {ClockLimits.CounterMax}.")
    {
    }
}
