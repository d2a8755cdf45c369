using System.Threading.Channels;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.UnixFs.Export;

namespace P2P.Node.Files;

/// <summary>
/// Blocks of one tree: from the store, else from peers into the store. Nothing that is here is asked for, so a try that was cut off goes on where it
/// ended. The window of questions grows while answers come and halves when nobody answers.
/// </summary>
/// <param name="services">The node's parts.</param>
/// <param name="scout">Who has the root; null to ask nobody.</param>
/// <param name="stallLimit">Gives up when nothing arrived for this long.</param>
/// <param name="settings">Limits.</param>
internal sealed class BlockFetcher(NodeServices services, HolderScout? scout, TimeSpan stallLimit, FetchSettings settings) : IBlockSource
{
    private long _arrivedAt = services.Options.Time.GetTimestamp();
    private int _window = settings.WindowFirst;
    private long _fetched;
    private long _bytesFetched;
    private long _held;

    public int Window => Volatile.Read(ref _window);

    public long Fetched => Interlocked.Read(ref _fetched);

    public long BytesFetched => Interlocked.Read(ref _bytesFetched);

    public long Held => Interlocked.Read(ref _held);

    public int Peers => scout?.Count ?? 0;

    private bool IsStalled => services.Options.Time.GetElapsedTime(Interlocked.Read(ref _arrivedAt)) >= stallLimit;

    /// <exception cref="P2PException">Nobody gave it in time.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (await services.Blocks.GetAsync(cid, cancellationToken) is ReadOnlyMemory<byte> held)
        {
            Interlocked.Increment(ref _held);
            return held;
        }

        if (scout is null)
        {
            return null;
        }

        ReadOnlyMemory<byte> data = await FetchAsync(cid, scout, cancellationToken);
        await services.Blocks.PutAsync(new Block(cid, data), cancellationToken);
        Interlocked.Increment(ref _fetched);
        Interlocked.Add(ref _bytesFetched, data.Length);
        return data;
    }

    private async Task<ReadOnlyMemory<byte>> FetchAsync(Cid cid, HolderScout holders, CancellationToken cancellationToken)
    {
        while (true)
        {
            PeerId[] peers = holders.Next();
            if (peers.Length > 0 && await AskAsync(cid, peers, cancellationToken) is ReadOnlyMemory<byte> data)
            {
                Interlocked.Exchange(ref _arrivedAt, services.Options.Time.GetTimestamp());
                Volatile.Write(ref _window, Math.Min(settings.WindowMost, Window + 1));
                return data;
            }

            if (peers.Length > 0)
            {
                Volatile.Write(ref _window, Math.Max(1, Window / 2));
                holders.Forget();
            }

            if (IsStalled)
            {
                throw Unavailable(cid, holders.Known);
            }

            await Task.Delay(settings.Look, services.Options.Time, cancellationToken);
        }
    }

    private async Task<ReadOnlyMemory<byte>?> AskAsync(Cid cid, PeerId[] peers, CancellationToken cancellationToken)
    {
        try
        {
            // As long as other blocks come this one waits: from a slow peer a window of them arrives one after the other.
            using CancellationTokenSource stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task<ReadOnlyMemory<byte>?> fetch = services.Bitswap.FetchAsync(cid, peers, settings.BlockLimit, stalled.Token);
            while (!stalled.IsCancellationRequested && await Task.WhenAny(fetch, Task.Delay(settings.Look, services.Options.Time, stalled.Token).EndAsync(CancellationToken.None)) != fetch)
            {
                if (IsStalled)
                {
                    stalled.Cancel();
                }
            }

            try
            {
                return await fetch;
            }
            finally
            {
                stalled.Cancel(); // the last delay
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // nothing came
        }
        catch (ChannelClosedException error)
        {
            throw new P2PException(NodeError.Stopped, "The node stopped while a file was fetched.", error);
        }
    }

    private P2PException Unavailable(Cid cid, int known)
    {
        string waited = $"in {stallLimit.TotalSeconds:0.#} s";
        return known == 0
            ? new P2PException(NodeError.NoPeers, $"No peer answered {waited}, so nobody could be asked for {cid}. What arrived before is kept; the same command goes on from there.") { Missing = [cid] }
            : new P2PException(
                NodeError.ContentUnavailable,
                $"None of {known} peers gave block {cid} {waited}. What arrived before is kept; the same command goes on from there.")
            {
                Missing = [cid],
            };
    }
}
