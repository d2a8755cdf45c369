namespace P2P.Crdt.Federation.Programs;

/// <summary>Counts what an execution holds. One owner, one execution.</summary>
/// <param name="most">See <see cref="ProgramLimits.LiveBytesMax"/>.</param>
internal sealed class LiveBytes(long most)
{
    private long _held;

    /// <summary>More was taken than there is: the execution ends without a result.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>Takes for a value; false when it is too much.</summary>
    public bool TryTake(int bytes)
    {
        _held += bytes;
        IsExceeded |= _held > most;
        return !IsExceeded;
    }

    /// <summary>A value was let go.</summary>
    public void Give(int bytes) => _held -= bytes;
}
