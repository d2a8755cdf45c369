using P2P.Core.Identity;
using P2P.Transport.Identify;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Counts refusals by reason. Thread-safe.</summary>
internal sealed class RefusalCounters
{
    private readonly long[] _counts = new long[Enum.GetValues<ConnectionRefusal>().Length];

    private readonly long[] _statements = new long[Enum.GetValues<IdentifyStatus>().Length];
    private readonly long[] _records = new long[Enum.GetValues<EnvelopeRefusal>().Length];

    public void Add(ConnectionRefusal reason) => Interlocked.Increment(ref _counts[(int)reason]);

    /// <summary>Counts a statement of identify that was not taken over, and why.</summary>
    public void Add(IdentifyStatus reason)
    {
        Add(ConnectionRefusal.Identify);
        Interlocked.Increment(ref _statements[(int)reason]);
    }

    /// <summary>Counts a signed record that was offered, if it was not taken over: because it does not open, is of somebody else, or finds no room.</summary>
    public void Add(EnvelopeRefusal reason, RecordVerdict verdict)
    {
        EnvelopeRefusal named = verdict == RecordVerdict.ForeignPeer ? EnvelopeRefusal.ForeignPeer : reason;
        if (named != EnvelopeRefusal.None || verdict == RecordVerdict.StoreFull)
        {
            Add(ConnectionRefusal.PeerRecord);
        }

        if (named != EnvelopeRefusal.None)
        {
            Interlocked.Increment(ref _records[(int)named]);
        }
    }

    /// <summary>The finer reasons that occurred, as <c>Component.Reason</c>.</summary>
    public IEnumerable<KeyValuePair<string, long>> Details() =>
        [.. Named<IdentifyStatus>("Identify", _statements), .. Named<EnvelopeRefusal>("PeerRecord", _records)];

    /// <summary>Counts above zero of one enum, as <c>Component.Reason</c>.</summary>
    public static IEnumerable<KeyValuePair<string, long>> Named<TReason>(string component, long[] counts)
        where TReason : struct, Enum
    {
        string[] names = Enum.GetNames<TReason>(); // ordered by value, and the values are dense from 0
        for (int i = 0; i < counts.Length; i++)
        {
            long count = Interlocked.Read(ref counts[i]);
            if (count > 0)
            {
                yield return new KeyValuePair<string, long>($"{component}.{names[i]}", count);
            }
        }
    }

    /// <summary>The reasons that occurred.</summary>
    public IReadOnlyDictionary<ConnectionRefusal, long> Snapshot()
    {
        Dictionary<ConnectionRefusal, long> snapshot = [];
        foreach (ConnectionRefusal reason in Enum.GetValues<ConnectionRefusal>())
        {
            long count = Interlocked.Read(ref _counts[(int)reason]);
            if (count > 0)
            {
                snapshot.Add(reason, count);
            }
        }

        return snapshot;
    }
}
