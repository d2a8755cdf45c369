using System.Threading.Channels;
using P2P.Bitswap;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Node.Adapters;

/// <summary>Blocks of the store, and those that followers of a document have: fetched over Bitswap and kept. Thread-safe.</summary>
/// <param name="store">The store.</param>
/// <param name="bitswap">The exchange.</param>
/// <param name="followers">Connected peers that follow the document.</param>
internal sealed class FollowerBlocks(IBlockStore store, BitswapExchange bitswap, Func<IReadOnlyList<PeerId>> followers) : IBlockStore
{
    private static readonly TimeSpan s_fetchLimit = TimeSpan.FromSeconds(5);

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(cid, cancellationToken) is ReadOnlyMemory<byte> held)
        {
            return held;
        }

        IReadOnlyList<PeerId> peers = followers();
        if (peers.Count == 0 || await FetchAsync(cid, peers, cancellationToken) is not ReadOnlyMemory<byte> fetched)
        {
            return null;
        }

        await store.PutAsync(new Block(cid, fetched), cancellationToken);
        return fetched;
    }

    public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => store.HasAsync(cid, cancellationToken);

    public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => store.PutAsync(block, cancellationToken);

    private async Task<ReadOnlyMemory<byte>?> FetchAsync(Cid cid, IReadOnlyList<PeerId> peers, CancellationToken cancellationToken)
    {
        try
        {
            return await bitswap.FetchAsync(cid, peers, s_fetchLimit, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null; // the node stops
        }
    }
}
