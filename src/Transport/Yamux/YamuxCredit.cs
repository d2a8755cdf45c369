namespace P2P.Transport.Yamux;

/// <summary>
/// Receive windows of one session and the memory they stand for. Every peer may assume 256 KiB per stream, so those are charged when bytes
/// arrive; credit beyond is charged when granted, and granted only if connection and process have room. Pure.
/// </summary>
internal sealed class YamuxCredit(YamuxOptions options, YamuxBudget budget)
{
    private long _charged;
    private long _held;
    private bool _closed;

    /// <summary>Memory of unread bytes. May be read from any thread.</summary>
    public long HeldBytes => Volatile.Read(ref _held);

    /// <summary>Held and granted bytes.</summary>
    public long ChargedBytes => _charged;

    public bool IsOverConnection => _charged > options.ConnectionBytesMax;

    /// <summary>Whether the peer or the process holds too much.</summary>
    public bool IsOverShared => budget.FirstOver is not null;

    /// <summary>Notes that unread bytes came or went.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="difference">Bytes of memory.</param>
    public void Hold(YamuxStreamState stream, int difference)
    {
        stream.HeldBytes += difference;
        Volatile.Write(ref _held, _held + difference);
        Recharge(stream);
    }

    /// <summary>Takes back what a stream that is gone was granted.</summary>
    /// <param name="stream">Which.</param>
    public void Recharge(YamuxStreamState stream)
    {
        int granted = stream.Gone ? 0 : stream.WindowBytes - YamuxSession.InitialWindowBytes;
        int due = Math.Max(granted, stream.HeldBytes);
        int difference = due - stream.ChargedBytes;
        if (difference != 0 && !_closed)
        {
            stream.ChargedBytes = due;
            _charged += difference;
            budget.Charge(difference);
        }
    }

    /// <summary>Makes the window larger if that is affordable, and the difference part of the next update.</summary>
    /// <param name="stream">Which.</param>
    /// <param name="windowBytes">Wanted; cut to the limit.</param>
    public bool TryGrow(YamuxStreamState stream, int windowBytes)
    {
        int extra = Math.Min(windowBytes, options.WindowBytesMax) - stream.WindowBytes;
        int due = Math.Max(stream.WindowBytes + extra - YamuxSession.InitialWindowBytes, stream.HeldBytes);
        int increase = due - stream.ChargedBytes; // what is held counts already
        if (extra <= 0 || _charged + increase > options.ConnectionBytesMax / 5 * 4 || !budget.TryGrant(increase))
        {
            return false;
        }

        budget.Charge(-increase); // charged again, for both scopes, by Recharge
        stream.WindowBytes += extra;
        Recharge(stream);
        stream.CreditToSend += extra;
        stream.ReceiveCredit += extra;
        return true;
    }

    /// <summary>Makes what was read part of the next update, and the window larger when the window, not the reader, is the brake.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="roundTrip">Null while unknown.</param>
    public void Report(YamuxStreamState stream, TimeSpan now, TimeSpan? roundTrip)
    {
        stream.CreditToSend += stream.UnreportedBytes;
        stream.ReceiveCredit += stream.UnreportedBytes;
        stream.UnreportedBytes = 0;
        TimeSpan since = now - stream.ReportedAt;
        stream.ReportedAt = now;

        // Half a window within four round trips, and all that came was read in between: it is the window that brakes. A reader that lags behind
        // would only get a longer queue (and colder caches) from a larger one.
        bool readerKeepsUp = stream.Drained;
        stream.Drained = false;
        if (readerKeepsUp && roundTrip is TimeSpan known && since < known * 4)
        {
            TryGrow(stream, (int)Math.Min(stream.WindowBytes * 2L, options.WindowBytesMax));
        }
    }

    /// <summary>Returns everything; the session has ended.</summary>
    public void Close()
    {
        budget.Charge(-_charged);
        _closed = true;
        _charged = 0;
        Volatile.Write(ref _held, 0);
    }
}
