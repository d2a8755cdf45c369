using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Import;

/// <summary>
/// Joins leaves to a balanced tree, all of them at one depth. Keeps one unfinished node a level, so memory does not grow with the file.
/// Pure; one owner.
/// </summary>
/// <param name="profile">Links a node.</param>
internal sealed class TreeBuilder(UnixFsProfile profile)
{
    private readonly List<List<UnixFsLink>> _levels = [];

    /// <summary>Takes the next leaf.</summary>
    /// <param name="leaf">A stored leaf.</param>
    /// <param name="made">Nodes that became full.</param>
    public void Add(UnixFsLink leaf, List<Block> made)
    {
        UnixFsLink link = leaf;
        for (int level = 0; ; level++)
        {
            if (level == _levels.Count)
            {
                _levels.Add([]);
            }

            _levels[level].Add(link);
            if (_levels[level].Count < profile.LinksMax)
            {
                return;
            }

            link = Join(_levels[level], made);
        }
    }

    /// <summary>Joins what is left. A single leaf is its own root.</summary>
    /// <param name="made">The last nodes.</param>
    /// <returns>The root.</returns>
    public UnixFsLink Finish(List<Block> made)
    {
        for (int level = 0; ; level++)
        {
            bool isTop = _levels.Skip(level + 1).All(static l => l.Count == 0);
            if (isTop && _levels[level].Count == 1)
            {
                return _levels[level][0];
            }

            if (_levels[level].Count > 0)
            {
                if (level + 1 == _levels.Count)
                {
                    _levels.Add([]);
                }

                _levels[level + 1].Add(Join(_levels[level], made));
            }
        }
    }

    private static UnixFsLink Join(List<UnixFsLink> children, List<Block> made)
    {
        byte[] data = UnixFsCodec.EncodeFile([.. children.Select(static c => c.FileBytes)]);
        byte[] block = new DagPbNode([.. children.Select(static c => new DagPbLink(c.Cid, string.Empty, c.TotalBytes))], data).ToBytes();
        UnixFsLink link = new(Cid.ForDagPb(block), 0, (ulong)block.Length);
        foreach (UnixFsLink child in children)
        {
            link = link with { FileBytes = link.FileBytes + child.FileBytes, TotalBytes = link.TotalBytes + child.TotalBytes };
        }

        children.Clear();
        made.Add(new Block(link.Cid, block));
        return link;
    }
}
