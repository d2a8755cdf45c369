using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Testing.Tests.Simulation;

/// <summary>The text of a document on one node, kept up to date by its replica, and bodies that edit it. Used on the replica's loop, or while nothing runs.</summary>
internal sealed class TextFold(Cid document) : IFold
{
    private readonly List<Event> _shown = [];

    /// <summary>The text.</summary>
    public Sequence Text { get; } = new(document);

    public void Apply(Event applied)
    {
        _shown.Add(applied);
        Text.Apply(applied);
    }

    public void Retract(Event retracted)
    {
        _shown.RemoveAll(e => e.Cid == retracted.Cid);
        Text.Retract(retracted);
    }

    /// <summary>
    /// The body of an edit of what is shown now. It is made on a copy: an append that fails leaves no pending edit behind.
    /// </summary>
    /// <param name="context">Where the event will stand.</param>
    /// <param name="place">Where to edit; any number.</param>
    /// <param name="typed">What to type; empty = delete what is there.</param>
    public ReadOnlyMemory<byte> Edit(AppendContext context, int place, string typed)
    {
        Sequence copy = new(document);
        _shown.ForEach(shown => copy.Apply(shown));
        if (typed.Length == 0 && copy.Length > 0)
        {
            int from = place % copy.Length;
            copy.Delete(from, Math.Min(3, copy.Length - from));
        }
        else
        {
            copy.Insert(place % (copy.Length + 1), typed.Length == 0 ? "-" : typed);
        }

        return copy.TakeBody(context);
    }

    /// <summary>Present elements in document order.</summary>
    public List<ElementId> Elements()
    {
        List<ElementId> elements = [];
        OrderTree order = Text.Tree.Order;
        for (int leaf = order.FirstLeaf(); leaf >= 0; leaf = order.NextLeaf(leaf))
        {
            for (int index = 0; index < order.CountOf(leaf); index++)
            {
                Place at = new(leaf, index);
                int meta = order.MetaOf(at);
                int start = order.StartOf(at);
                for (int element = start; Entry.IsPresent(meta) && element < start + Entry.Length(meta); element++)
                {
                    elements.Add(Text.Tree.Ids.Of(element));
                }
            }
        }

        return elements;
    }
}
