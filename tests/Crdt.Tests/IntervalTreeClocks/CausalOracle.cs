using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>
/// A population under random operations, kept three times: stamps, the recursive reference, and the plain set of events each member knows. After
/// every operation all invariants of the specification are asserted.
/// </summary>
internal sealed class CausalOracle(IChance chance, int populationMax)
{
    private readonly List<Member> _members = [new(Stamp.Seed, Reference.IdTree.One, new Reference.Tree(0), [])];
    private int _events;

    public int Comparisons { get; private set; }

    public void Step()
    {
        int kind = chance.Below(100);
        int x = chance.Below(_members.Count), y = chance.Below(_members.Count);
        if (_members.Count == 1 || (kind < 20 && _members.Count < populationMax))
        {
            if (kind < 60)
            {
                Fork(x);
            }
            else
            {
                Event(x);
            }
        }
        else if (kind < 50 || x == y)
        {
            Event(x);
        }
        else if (kind < 60)
        {
            _members[x] = Join(_members[x], _members[y]);
            _members.RemoveAt(y);
            x = _members.Count - 1;
        }
        else if (kind < 75)
        {
            Sync(x, y);
        }
        else
        {
            Send(x, y);
        }

        Check(Math.Min(x, _members.Count - 1));
        Check(Math.Min(y, _members.Count - 1));
    }

    public void CheckAll()
    {
        for (int i = 0; i < _members.Count; i++)
        {
            Check(i);
        }

        Id sum = Id.Zero;
        foreach (Member member in _members)
        {
            sum = sum.Sum(member.Stamp.Id);
        }

        Assert.Equal(Id.One, sum);
    }

    private void Fork(int x)
    {
        Member old = _members[x];
        (Stamp left, Stamp right) = old.Stamp.Fork();
        (Reference.IdTree first, Reference.IdTree second) = Reference.Split(old.Id);
        _members[x] = old with { Stamp = left, Id = first };
        _members.Add(old with { Stamp = right, Id = second });
    }

    private void Event(int x)
    {
        Member old = _members[x];
        ulong[] known = new ulong[(_events / 64) + 1];
        old.Known.CopyTo(known, 0);
        known[_events / 64] |= 1UL << (_events % 64);
        _events++;
        _members[x] = old with { Stamp = old.Stamp.Event(), Tree = Reference.Event(old.Id, old.Tree), Known = known };
    }

    private static Member Join(Member a, Member b)
    {
        Reference.IdTree? id = Reference.Sum(a.Id, b.Id);
        Assert.NotNull(id);
        return new Member(a.Stamp.Join(b.Stamp), id, Reference.Join(a.Tree, b.Tree), Union(a.Known, b.Known));
    }

    private void Sync(int x, int y)
    {
        Member joined = Join(_members[x], _members[y]);
        (Stamp left, Stamp right) = _members[x].Stamp.Sync(_members[y].Stamp);
        (Reference.IdTree first, Reference.IdTree second) = Reference.Split(joined.Id);
        _members[x] = joined with { Stamp = left, Id = first };
        _members[y] = joined with { Stamp = right, Id = second };
    }

    private void Send(int x, int y)
    {
        Event(x);
        Member old = _members[x];
        _members[y] = Join(_members[y], old with { Stamp = old.Stamp.Peek(), Id = Reference.IdTree.Zero });
        Event(y);
    }

    private void Check(int x)
    {
        Member member = _members[x];
        byte[] bytes = member.Stamp.Encode();
        Assert.Equal($"({member.Id}, {member.Tree})", member.Stamp.ToString());
        Assert.True(Stamp.TryDecode(bytes, out Stamp? decoded), "What was encoded decodes.");
        Assert.Equal(member.Stamp, decoded);
        Assert.True(bytes.AsSpan().SequenceEqual(decoded.Encode()), "It encodes to the same bytes.");
        for (int other = 0; other < _members.Count; other++)
        {
            Assert.Equal(IsWithin(member.Known, _members[other].Known), member.Stamp.Leq(_members[other].Stamp));
            Assert.Equal(IsWithin(_members[other].Known, member.Known), _members[other].Stamp.Leq(member.Stamp));
            Assert.True(other == x || member.Stamp.Id.TrySum(_members[other].Stamp.Id, out _), "Ids are disjoint.");
            Comparisons += 2;
        }
    }

    private static ulong[] Union(ulong[] a, ulong[] b)
    {
        ulong[] union = new ulong[Math.Max(a.Length, b.Length)];
        for (int i = 0; i < union.Length; i++)
        {
            union[i] = (i < a.Length ? a[i] : 0) | (i < b.Length ? b[i] : 0);
        }

        return union;
    }

    private static bool IsWithin(ulong[] a, ulong[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if ((a[i] & ~(i < b.Length ? b[i] : 0)) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Member(Stamp Stamp, Reference.IdTree Id, Reference.Tree Tree, ulong[] Known);
}
