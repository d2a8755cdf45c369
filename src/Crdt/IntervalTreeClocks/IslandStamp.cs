using System.Diagnostics.CodeAnalysis;
using P2P.Core.Encoding;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// A stamp over several islands, compared and joined island by island. Two seeds of one document would compare equal both ways; under different names they
/// are concurrent, as they are in truth. Immutable.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 6. Canonical DAG-CBOR <c>{i: [[name, stamp, frozen]…], v: 1}</c>, sorted by name.</remarks>
public sealed class IslandStamp
{
    /// <summary>Most islands of a stamp.</summary>
    public const int IslandsMax = 64;

    private const ulong Version = 1;
    private readonly Island[] _islands;

    private IslandStamp(IEnumerable<Island> islands) => _islands = [.. islands.OrderBy(static i => i.Id)];

    /// <summary>No island: knows nothing and owns nothing.</summary>
    public static IslandStamp Empty { get; } = new([]);

    /// <summary>The islands, sorted by name.</summary>
    public IReadOnlyList<Island> Islands => _islands;

    /// <summary>Which of two islands that met goes on: the one with more live ids, of equal ones the one with the larger name.</summary>
    /// <param name="a">One.</param>
    /// <param name="liveInA">Live ids there, as far as is known.</param>
    /// <param name="b">The other.</param>
    /// <param name="liveInB">Live ids there.</param>
    public static IslandId ChooseSurvivor(IslandId a, int liveInA, IslandId b, int liveInB) =>
        liveInA != liveInB ? (liveInA > liveInB ? a : b) : (a.CompareTo(b) > 0 ? a : b);

    /// <summary>Opens an island: its seed belongs to this stamp.</summary>
    /// <param name="island">Its name.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>: it is open; <see cref="ClockError.TooManyIslands"/>.</exception>
    public IslandStamp Open(IslandId island) =>
        Find(island) is null ? With(new Island(island, Stamp.Seed, IsFrozen: false)) : throw new ClockException(ClockError.Overlap, "The island is open already.");

    /// <summary>Two stamps that know the same and share what this one owned, on every island that is not frozen.</summary>
    public (IslandStamp Left, IslandStamp Right) Fork()
    {
        (Island Left, Island Right)[] halves = [.. _islands.Select(static i =>
        {
            (Stamp left, Stamp right) = i.Stamp.Fork();
            return (i with { Stamp = left }, i with { Stamp = right });
        })];
        return (new IslandStamp(halves.Select(static h => h.Left)), new IslandStamp(halves.Select(static h => h.Right)));
    }

    /// <summary>What it knows, owning nothing.</summary>
    public IslandStamp Peek() => new(_islands.Select(static i => i with { Stamp = i.Stamp.Peek() }));

    /// <summary>After one more event, on the one island where this stamp writes.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.NoIsland"/>.</exception>
    public IslandStamp Event()
    {
        Island home = _islands.FirstOrDefault(static i => !i.IsFrozen && !i.Stamp.IsAnonymous)
            ?? throw new ClockException(ClockError.NoIsland, "This stamp owns nothing on an island that is not frozen.");
        return With(home with { Stamp = home.Stamp.Event() });
    }

    /// <summary>Moves to a larger island: takes the fork there, gives up every other id and freezes those islands.</summary>
    /// <param name="island">Where to.</param>
    /// <param name="fork">What a member there granted.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>, <see cref="ClockError.TooManyIslands"/>.</exception>
    public IslandStamp MoveTo(IslandId island, Stamp fork)
    {
        Stamp joined = Find(island)?.Stamp.Join(fork) ?? fork;
        IslandStamp left = new(_islands.Where(i => i.Id != island).Select(static i => new Island(i.Id, i.Stamp.Peek(), IsFrozen: true)));
        return left.With(new Island(island, joined, IsFrozen: false));
    }

    /// <summary>The same knowledge, owning nothing, on islands where nothing is written any more.</summary>
    public IslandStamp Freeze() => new(_islands.Select(static i => new Island(i.Id, i.Stamp.Peek(), IsFrozen: true)));

    /// <summary>Without the frozen islands: a checkpoint covers what was written there.</summary>
    public IslandStamp DropFrozen() => new(_islands.Where(static i => !i.IsFrozen));

    /// <summary>Whether <paramref name="other"/> knows everything this one knows. An island it has never heard of counts as unknown events.</summary>
    /// <param name="other">The other.</param>
    public bool Leq(IslandStamp other) =>
        _islands.All(i => i.Stamp.Events.Max == 0 || (other.Find(i.Id) is Island same && i.Stamp.Leq(same.Stamp)));

    /// <summary>How both lie in causal order.</summary>
    /// <param name="other">The other.</param>
    public ClockOrder CompareTo(IslandStamp other) => SlotMath.Compare(Leq(other), other.Leq(this));

    /// <summary>Both together, island by island; frozen in one is frozen.</summary>
    /// <param name="other">The other.</param>
    /// <param name="joined">Both together.</param>
    /// <param name="error">Why not.</param>
    public bool TryJoin(IslandStamp other, [NotNullWhen(true)] out IslandStamp? joined, out ClockError error)
    {
        joined = null;
        error = ClockError.None;
        List<Island> all = [.. _islands.Where(i => other.Find(i.Id) is null)];
        foreach (Island theirs in other._islands)
        {
            Stamp? both = theirs.Stamp;
            Island? mine = Find(theirs.Id);
            if (mine is not null && !mine.Stamp.TryJoin(theirs.Stamp, out both))
            {
                error = ClockError.Overlap;
                return false;
            }

            all.Add(new Island(theirs.Id, both, theirs.IsFrozen || (mine?.IsFrozen ?? false)));
        }

        error = all.Count > IslandsMax ? ClockError.TooManyIslands : ClockError.None;
        joined = error == ClockError.None ? new IslandStamp(all) : null;
        return joined is not null;
    }

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        byte[] name = new byte[IslandId.BytesCount];
        DagCborWriter writer = new();
        writer.WriteMapStart(2);
        writer.WriteText("i"u8);
        writer.WriteArrayStart(_islands.Length);
        foreach (Island island in _islands)
        {
            island.Id.Write(name);
            writer.WriteArrayStart(3);
            writer.WriteBytes(name);
            writer.WriteBytes(island.Stamp.Encode());
            writer.WriteBool(island.IsFrozen);
        }

        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> writes; never throws on input.</summary>
    /// <param name="source">From a peer.</param>
    /// <returns>Null when it is none.</returns>
    public static IslandStamp? TryDecode(ReadOnlySpan<byte> source)
    {
        DagCborReader reader = new(source);
        if (source.Length > IslandsMax * (ClockLimits.StampBytesMax + 64) || DagCbor.Validate(source) != DagCborStatus.Valid
            || !reader.TryReadMapStart(out int keys) || keys != 2 || !reader.TryReadKey("i"u8) || !reader.TryReadArrayStart(out int count) || count > IslandsMax)
        {
            return null;
        }

        List<Island> islands = new(count);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadIsland(ref reader, out Island? island) || (i > 0 && islands[^1].Id.CompareTo(island.Id) >= 0))
            {
                return null;
            }

            islands.Add(island);
        }

        return reader.TryReadKey("v"u8) && reader.TryReadUInt(out ulong version) && version == Version && reader.End() ? new IslandStamp(islands) : null;
    }

    private static bool TryReadIsland(ref DagCborReader reader, [NotNullWhen(true)] out Island? island)
    {
        island = reader.TryReadArrayStart(out int fields) && fields == 3 && reader.TryReadBytes(out ReadOnlySpan<byte> name) && name.Length == IslandId.BytesCount
            && IdentityRecord.TryReadStamp(ref reader, out Stamp? stamp) && reader.TryReadBool(out bool isFrozen)
            ? new Island(IslandId.Read(name), stamp!, isFrozen)
            : null;
        return island is not null;
    }

    private Island? Find(IslandId island) => Array.Find(_islands, i => i.Id == island);

    private IslandStamp With(Island island)
    {
        IslandStamp with = new(_islands.Where(i => i.Id != island.Id).Append(island));
        return with._islands.Length <= IslandsMax
            ? with
            : throw new ClockException(ClockError.TooManyIslands, $"A stamp has at most {IslandsMax} islands.");
    }
}
