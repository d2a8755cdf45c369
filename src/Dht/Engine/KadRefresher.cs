using System.Buffers.Binary;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Routing;

namespace P2P.Dht.Engine;

/// <summary>When to walk the key space so that the table stays full: towards ourselves after peers appear, everywhere every ten minutes.</summary>
internal sealed class KadRefresher(KadOptions options, RoutingTable table, IChance chance)
{
    /// <summary>A walk to ourselves follows a new peer after this; several may appear at once.</summary>
    public static readonly TimeSpan JoinDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Walks because of new peers come at least this far apart.</summary>
    public static readonly TimeSpan JoinPause = TimeSpan.FromSeconds(5);

    // A target in bucket b costs 2^(b+1) hashes to find.
    private const int BucketMax = 12;
    private const int TriesMax = 1 << 15;

    private readonly Dictionary<int, TimeSpan> _walkedAt = [];
    private TimeSpan _fullAt = options.RefreshInterval;
    private TimeSpan _joinAt = TimeSpan.MaxValue;
    private TimeSpan _lastJoinWalk = -JoinPause;

    public TimeSpan NextDue => _joinAt < _fullAt ? _joinAt : _fullAt;

    /// <summary>A peer entered the table. While it is small every new peer may know more; a full one learns enough from its refreshes.</summary>
    public void Joined(TimeSpan now)
    {
        if (_joinAt == TimeSpan.MaxValue && table.Count <= 2 * options.K)
        {
            TimeSpan pause = _lastJoinWalk + JoinPause;
            _joinAt = now + JoinDelay > pause ? now + JoinDelay : pause;
        }
    }

    /// <summary>The walks that are due, the one to ourselves first.</summary>
    public List<KadCommand> TakeDue(ReadOnlyMemory<byte> self, TimeSpan now)
    {
        List<KadCommand> walks = [];
        if (now >= _joinAt || now >= _fullAt)
        {
            _joinAt = TimeSpan.MaxValue;
            _lastJoinWalk = now;
            walks.Add(new KadCommand(KadOperationKind.Bootstrap, self));
        }

        if (now >= _fullAt)
        {
            _fullAt = now + options.RefreshInterval;
            AddBucketWalks(walks, now);
        }

        return walks;
    }

    /// <summary>A key whose hash shares exactly <paramref name="bucket"/> leading bits with ours, or none. It looks like a peer id: some stacks refuse others.</summary>
    public ReadOnlyMemory<byte> KeyInBucket(int bucket)
    {
        Span<byte> digest = stackalloc byte[32];
        chance.Fill(digest);
        for (int i = 0; i < TriesMax; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(digest, i); // the other 28 bytes are random
            Multihash candidate = Multihash.FromDigest(Multihash.Sha256Code, digest);
            if (table.SelfKey.CommonPrefix(KadKey.Of(candidate.Bytes)) == bucket)
            {
                return candidate.Memory;
            }
        }

        return default;
    }

    private void AddBucketWalks(List<KadCommand> walks, TimeSpan now)
    {
        if (table.Count < options.K)
        {
            return; // the walk to ourselves has met everybody
        }

        for (int bucket = 0; bucket <= Math.Min(table.DeepestBucket, BucketMax); bucket++)
        {
            bool recent = _walkedAt.TryGetValue(bucket, out TimeSpan at) && now - at < options.RefreshInterval / 2;
            if (!recent && KeyInBucket(bucket) is { IsEmpty: false } key)
            {
                _walkedAt[bucket] = now;
                walks.Add(new KadCommand(KadOperationKind.Refresh, key));
            }
        }
    }
}
