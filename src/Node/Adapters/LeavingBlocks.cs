using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Node.Adapters;

/// <summary>
/// The blocks that this node is about to drop. They are marked before anybody is asked and until it is known whether they went, and meanwhile nobody is told
/// that they are kept. So of all nodes that drop one block each relied on a node that marked it later or never, and whoever marked it last relied on one
/// that keeps it: it does not matter who asks at the same time, how old an answer is when it arrives, or who starts again in between. One owner marks; any
/// thread looks.
/// </summary>
internal sealed class LeavingBlocks
{
    private volatile HashSet<Cid> _marked = [];

    /// <summary>Marks these and no others.</summary>
    public void Mark(IEnumerable<Cid> cids) => _marked = [.. cids];

    /// <summary>Unmarks all: they went, or they stay.</summary>
    public void Clear() => _marked = [];

    /// <summary>What may be said of a block.</summary>
    public async ValueTask<KeepAnswer> AnswerAsync(Cid cid, IBlockStore blocks, CancellationToken cancellationToken)
    {
        // The mark first: a block that is marked, dropped and unmarked between two looks would be kept by the first and unmarked by the second.
        if (_marked.Contains(cid))
        {
            return KeepAnswer.Leaving;
        }

        return await blocks.GetAsync(cid, cancellationToken) is null ? KeepAnswer.None : KeepAnswer.Keeps; // read and hashed: a rotten copy keeps nothing
    }
}
