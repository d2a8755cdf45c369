using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>What an edit costs as a document grows. HASHSEQ_ELEMENTS chooses the large one: 2 million in CI, 10 million by the long script.</summary>
public sealed class GrowthTests
{
    private const int Small = 100_000;
    private const int Edits = 20_000;

    private static int Large => int.Parse(Environment.GetEnvironmentVariable("HASHSEQ_ELEMENTS") ?? "2000000");

    [Fact]
    public void An_edit_touches_at_most_half_as_many_nodes_again_in_a_hundred_times_the_elements()
    {
        // Both documents are in pieces throughout: 10 elements a fragment.
        double small = RandomEditVisits(Small);
        double large = RandomEditVisits(Large);
        Assert.True(large <= 1.5 * small, $"{large:0.00} nodes against {small:0.00}");
    }

    [Fact]
    public void Typing_on_touches_no_more_nodes_however_long_the_document_is()
    {
        long small = TypingVisits(Small);
        long large = TypingVisits(Large);
        Assert.True(large <= (1.5 * small) + 64, $"{large} nodes for {Edits} characters against {small}");
    }

    private static double RandomEditVisits(int elements)
    {
        SeededChance chance = new(9);
        Sequence sequence = Fragmented(elements, chance);
        long before = sequence.Cost;
        for (int i = 0; i < Edits; i++)
        {
            int offset = chance.Below(sequence.Length);
            if ((i & 3) == 3)
            {
                sequence.Delete(offset, 1);
            }
            else
            {
                sequence.Insert(offset, "z");
            }
        }

        return (sequence.Cost - before) / (double)Edits;
    }

    private static long TypingVisits(int elements)
    {
        Sequence sequence = Fragmented(elements, new SeededChance(9));
        long before = sequence.Cost;
        int at = sequence.Length / 2;
        for (int i = 0; i < Edits; i++)
        {
            sequence.Insert(at + i, "t");
        }

        return sequence.Cost - before;
    }

    private static Sequence Fragmented(int elements, SeededChance chance)
    {
        Sequence sequence = new(TestEvents.Document);
        int pieces = elements / 20;
        sequence.Insert(0, new string('x', elements - pieces));
        for (int i = 0; i < pieces; i++)
        {
            sequence.Insert(chance.Below(sequence.Length), "y");
        }

        return sequence;
    }
}
