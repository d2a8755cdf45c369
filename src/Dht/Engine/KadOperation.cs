using P2P.Core.Identity;
using P2P.Dht.Lookup;
using P2P.Dht.Records;
using P2P.Dht.Routing;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>A running operation: a lookup, then perhaps a round of stores. Owned by <see cref="KadOperations"/>.</summary>
internal sealed class KadOperation(long id, KadCommand command, bool background)
{
    public long Id { get; } = id;

    public KadCommand Command { get; } = command;

    /// <summary>Started by the engine; nobody waits for the outcome.</summary>
    public bool Background { get; } = background;

    public KadKey Target { get; } = KadKey.Of(command.Key.Span);

    public KadLookup? Lookup { get; set; }

    public TimeSpan StartedAt { get; set; }

    public Hearsay Hearsay { get; } = new();

    /// <summary>Providers told and passed on.</summary>
    public ProviderMerge Providers { get; set; } = ProviderMerge.None;

    /// <summary>The best value so far.</summary>
    public ReadOnlyMemory<byte>? Best { get; set; }

    /// <summary>Peers that returned the best value, and need no correction.</summary>
    public HashSet<PeerId> BestHolders { get; } = [];

    /// <summary>Stores that are waited for.</summary>
    public int Pending { get; set; }

    public int Sent { get; set; }

    public int Failed { get; set; }

    public bool Ended { get; set; }

    /// <summary>Takes in a value that a peer returned; false when it is not a valid value of the key.</summary>
    public bool OfferValue(PeerId peer, KadRecord record, RecordStore records)
    {
        ReadOnlySpan<byte> key = Command.Key.Span;
        if (!record.Key.Span.SequenceEqual(key) || records.Check(key, record.Value.Span) != RecordPut.Stored)
        {
            return false;
        }

        int order = Best is ReadOnlyMemory<byte> best ? records.Compare(key, record.Value.Span, best.Span) : -1;
        if (order < 0)
        {
            BestHolders.Clear();
            Best = record.Value;
        }

        if (order <= 0)
        {
            BestHolders.Add(peer);
        }

        return true;
    }
}
