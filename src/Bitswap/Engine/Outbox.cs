using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>Gathers what one step wants to tell each peer, so that a step sends few messages; cuts them near the target size.</summary>
/// <param name="options">Sizes.</param>
internal sealed class Outbox(BitswapOptions options)
{
    private const int EntryBytes = 64;

    private readonly Dictionary<PeerId, (BitswapMessage Message, int Bytes)> _open = [];
    private readonly List<BitswapEffect> _full = [];

    public void Want(PeerId peer, BitswapEntry entry) => Open(peer, EntryBytes).Wants.Add(entry);

    public void Presence(PeerId peer, Cid cid, bool have) => Open(peer, EntryBytes).Presences.Add((cid, have));

    public void Block(PeerId peer, Block block) => Open(peer, block.Data.Length + EntryBytes).Blocks.Add(block);

    public void Flush(List<BitswapEffect> effects)
    {
        effects.AddRange(_full);
        foreach ((PeerId peer, (BitswapMessage message, int _)) in _open)
        {
            effects.Add(new BitswapEffect(BitswapEffectKind.Send, peer) { Message = message });
        }

        _full.Clear();
        _open.Clear();
    }

    private BitswapMessage Open(PeerId peer, int bytes)
    {
        if (_open.TryGetValue(peer, out (BitswapMessage Message, int Bytes) open) && open.Bytes + bytes > options.MessageBytesTarget)
        {
            _full.Add(new BitswapEffect(BitswapEffectKind.Send, peer) { Message = open.Message });
            open = default;
        }

        BitswapMessage message = open.Message ?? new BitswapMessage();
        _open[peer] = (message, open.Bytes + bytes);
        return message;
    }
}
