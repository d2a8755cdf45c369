using P2P.Crdt.Events;

namespace P2P.Node.Documents;

/// <summary>The time an author claims, as a date. For people only: it decides nothing.</summary>
public static class ClaimedTime
{
    private const ulong LastMillisecond = 253_402_300_799_999; // of the year 9999

    /// <summary>Null when it was withheld or is no date.</summary>
    /// <param name="item">The event.</param>
    public static DateTimeOffset? Of(Event item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return Of(item.At);
    }

    /// <summary>Null when it was withheld or is no date.</summary>
    /// <param name="at">Unix milliseconds.</param>
    public static DateTimeOffset? Of(ulong at) => at is > 0 and <= LastMillisecond ? DateTimeOffset.FromUnixTimeMilliseconds((long)at) : null;
}
