using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Pieces that generators share.</summary>
internal static class RandomHistory
{
    private static readonly string[] s_words = ["a", "b", "the ", "hello ", "hello", "earth", "mars", "\n- ", "😀", "x😀y", "ab"];

    /// <summary>Events of a random history of 3 to 5 replicas.</summary>
    public static List<Event> Make(SeededChance chance)
    {
        TestReplica[] replicas = [.. Enumerable.Range(0, 3 + chance.Below(3)).Select(i => new TestReplica(i))];
        for (int step = 20 + chance.Below(30); step > 0; step--)
        {
            TestReplica at = replicas[chance.Below(replicas.Length)];
            switch (chance.Below(8))
            {
                case < 4:
                    Edit(at.Sequence, chance);
                    break;
                case < 6:
                    at.Cut();
                    break;
                default:
                    TestReplica from = replicas[chance.Below(replicas.Length)];
                    foreach (Event sent in from.Log.Take(chance.Below(from.Log.Count + 1)).ToArray())
                    {
                        at.Receive(sent);
                    }

                    break;
            }
        }

        foreach (TestReplica replica in replicas)
        {
            replica.CutAll();
        }

        replicas[0].Sequence.Insert(0, "!");
        replicas[0].Cut();
        return [.. replicas.SelectMany(r => r.Log).DistinctBy(e => e.Cid)];
    }

    /// <summary>One random edit, checked against the same edit of a string.</summary>
    public static void Edit(Sequence sequence, SeededChance chance)
    {
        string before = sequence.GetText();
        int[] boundaries = Boundaries(before);
        int offset = boundaries[chance.Below(boundaries.Length)];
        if (before.Length > 0 && chance.Below(3) == 0)
        {
            int end = boundaries[chance.Below(boundaries.Length)];
            (int start, int length) = (Math.Min(offset, end), Math.Min(4, Math.Abs(offset - end)));
            if (length > 0 && char.IsHighSurrogate(before[start + length - 1]))
            {
                length--;
            }

            sequence.Delete(start, length);
            Assert.Equal(before.Remove(start, length), sequence.GetText());
            return;
        }

        string word = s_words[chance.Below(s_words.Length)];
        bool byCharacter = chance.Below(2) == 0 && !word.Any(char.IsSurrogate);
        for (int i = 0; byCharacter && i < word.Length; i++)
        {
            sequence.Insert(offset + i, word.AsSpan(i, 1));
        }

        if (!byCharacter)
        {
            sequence.Insert(offset, word);
        }

        Assert.Equal(before.Insert(offset, word), sequence.GetText());
    }

    /// <summary>All required links.</summary>
    public static List<Cid> LinksOf(Event e)
    {
        SeqBody body = new();
        body.Read(e.Body.Span);
        List<Cid> links = [.. e.Dependencies, .. body.References];
        if (!e.Previous.IsNone)
        {
            links.Add(e.Previous);
        }

        return links;
    }

    private static int[] Boundaries(string text) =>
        [.. Enumerable.Range(0, text.Length + 1).Where(i => i == 0 || i == text.Length || !char.IsLowSurrogate(text[i]))];
}
