using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>32 live replicas; each round three events with a message each, then one leaves and one joins.</summary>
public sealed class ClockFamilyTests(ITestOutputHelper output)
{
    private const int Live = 32;

    [Fact]
    public void After_1000_graceful_rounds_with_32_live_replicas_the_median_stamp_has_at_most_100_bytes()
    {
        (int median, int max) = Run(1000, seed: 1, ClockFamily.ChooseParent, ClockFamily.ChooseHeir);
        SeededChance chance = new(2);
        (int randomMedian, int randomMax) = Run(1000, seed: 1, m => chance.Below(m.Count), (_, m) => chance.Below(m.Count));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best fit: median {median} B, max {max} B; random: median {randomMedian} B, max {randomMax} B"));
        Assert.InRange(median, 1, 100);
        Assert.True(randomMedian > 2 * median, "The rule is what keeps them small.");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_bound_holds_for_other_seeds(ulong seed) => Assert.InRange(Run(1000, seed, ClockFamily.ChooseParent, ClockFamily.ChooseHeir).Median, 1, 100);

    [Fact]
    public void A_crash_leaks_at_most_a_byte_of_median_stamp_and_an_epoch_takes_it_back()
    {
        SeededChance chance = new(5);
        List<Stamp> members = Population();
        int before = Sizes(members).Median;
        const int Crashes = 1000;
        for (int i = 0; i < Crashes; i++)
        {
            Gossip(members, chance);
            members.RemoveAt(chance.Below(members.Count));
            Join(members, chance.Below(members.Count));
        }

        int after = Sizes(members).Median;
        List<Stamp> epoch = Population();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{before} B, after {Crashes} crashes {after} B, next epoch {Sizes(epoch).Median} B"));
        Assert.InRange(after - before, 1, Crashes);
        Assert.InRange(Sizes(epoch).Median, 1, 40);
    }

    [Fact]
    public void Nobody_is_chosen_where_nobody_can_give_or_take()
    {
        Assert.Equal(-1, ClockFamily.ChooseParent([Id.Zero, Id.Zero]));
        Assert.Equal(-1, ClockFamily.ChooseHeir(Id.One, [Id.One, Id.Zero]));
        Assert.Equal(1, ClockFamily.ChooseHeir(Id.Parse("((0, 1), 0)"), [Id.Parse("(0, (1, 0))"), Id.Parse("((1, 0), 0)")]));
        Assert.Equal(1, ClockFamily.ChooseParent([Id.Parse("(1, 0)"), Id.Parse("(0, (1, (0, 1)))")]));
    }

    private static (int Median, int Max) Run(int rounds, ulong seed, Func<IReadOnlyList<Id>, int> parent, Func<Id, IReadOnlyList<Id>, int> heir)
    {
        SeededChance chance = new(seed);
        List<Stamp> members = Population();
        for (int round = 0; round < rounds; round++)
        {
            Gossip(members, chance);
            int leaver = chance.Below(members.Count);
            Stamp gone = members[leaver];
            members.RemoveAt(leaver);
            int taker = heir(gone.Id, Ids(members));
            members[taker] = members[taker].Join(gone);
            Join(members, parent(Ids(members)));
        }

        return Sizes(members);
    }

    private static List<Stamp> Population()
    {
        List<Stamp> members = [Stamp.Seed];
        for (int i = 0; members.Count < Live; i++)
        {
            Join(members, i / 2);
        }

        return members;
    }

    private static void Join(List<Stamp> members, int parent)
    {
        (members[parent], Stamp child) = members[parent].Fork();
        members.Add(child);
    }

    private static void Gossip(List<Stamp> members, SeededChance chance)
    {
        for (int i = 0; i < 3; i++)
        {
            int from = chance.Below(members.Count), to = chance.Below(members.Count);
            (members[from], Stamp message) = members[from].Send();
            members[to] = members[to].Join(message);
        }
    }

    private static List<Id> Ids(List<Stamp> members) => [.. members.Select(m => m.Id)];

    private static (int Median, int Max) Sizes(List<Stamp> members)
    {
        int[] sizes = [.. members.Select(m => m.Encode().Length).Order()];
        return (sizes[sizes.Length / 2], sizes[^1]);
    }
}
