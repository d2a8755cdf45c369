namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>An operation on a clock was refused. Decide on <see cref="Error"/>, never on the text.</summary>
public sealed class ClockException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">One sentence.</param>
    public ClockException(ClockError error, string message)
        : base(message) => Error = error;

    /// <summary>The reason.</summary>
    public ClockError Error { get; }
}
