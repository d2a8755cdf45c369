using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Testing.Simulation;

/// <summary>
/// Fetches events by CID with a request and an answer, and serves others: Bitswap without its engine. Lost messages are found by a timeout; wrong
/// answers have another CID and are dropped.
/// </summary>
internal sealed class SimulatedFetcher
{
    /// <summary>Most CIDs of a request.</summary>
    public const int CidsMax = 64;

    private const int AttemptsMax = 3;
    private const int HeaderBytes = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly NodeRun _run;
    private readonly IEventStore _store;
    private readonly Func<IReadOnlyList<PeerId>> _neighbours;
    private readonly Action<PeerId, MessageKind, byte[]> _send;
    private readonly Dictionary<ulong, TaskCompletionSource<IReadOnlyList<byte[]>>> _waiting = [];
    private ulong _lastRequest;

    public SimulatedFetcher(NodeRun run, IEventStore store, Func<IReadOnlyList<PeerId>> neighbours, Action<PeerId, MessageKind, byte[]> send)
    {
        _run = run;
        _store = store;
        _neighbours = neighbours;
        _send = send;
    }

    public async ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
    {
        Event?[] found = new Event?[cids.Count];
        for (int attempt = 0; attempt < AttemptsMax && Array.Exists(found, static e => e is null); attempt++)
        {
            IReadOnlyList<PeerId> neighbours = _neighbours();
            if (neighbours.Count == 0)
            {
                break;
            }

            PeerId peer = attempt == 0 && neighbours.Contains(hint.Suggested) ? hint.Suggested : neighbours[_run.World.Chance.Below(neighbours.Count)];
            List<Cid> wanted = [.. cids.Where((_, i) => found[i] is null)];
            foreach (byte[] block in await AskAsync(peer, wanted, cancellationToken))
            {
                int at = EventCodec.TryDecode(block, document, out Event? decoded, out _) ? IndexOf(cids, decoded!.Cid) : -1;
                if (at >= 0)
                {
                    found[at] = decoded;
                }
            }
        }

        return found;
    }

    public async Task ServeAsync(PeerId peer, byte[] request)
    {
        if (request.Length < HeaderBytes)
        {
            return;
        }

        List<byte[]> blocks = [];
        foreach (Cid cid in Frames.Read(request.AsSpan(HeaderBytes)).Take(CidsMax).Select(Parse).Where(static c => !c.IsNone))
        {
            if (await _store.GetBlockAsync(cid, CancellationToken.None) is ReadOnlyMemory<byte> block)
            {
                blocks.Add(block.ToArray());
            }
        }

        _send(peer, MessageKind.FetchResponse, [.. request.AsSpan(0, HeaderBytes), .. Frames.Write(blocks)]);
    }

    public void Answered(byte[] response)
    {
        if (response.Length >= HeaderBytes && _waiting.Remove(BitConverter.ToUInt64(response), out TaskCompletionSource<IReadOnlyList<byte[]>>? waiting))
        {
            waiting.TrySetResult(Frames.Read(response.AsSpan(HeaderBytes)));
        }
    }

    private static Cid Parse(byte[] bytes) => Cid.TryRead(bytes, out Cid cid, out int consumed) && consumed == bytes.Length ? cid : default;

    private static int IndexOf(IReadOnlyList<Cid> cids, Cid cid)
    {
        for (int i = 0; i < cids.Count; i++)
        {
            if (cids[i] == cid)
            {
                return i;
            }
        }

        return -1;
    }

    private async Task<IReadOnlyList<byte[]>> AskAsync(PeerId peer, IReadOnlyList<Cid> cids, CancellationToken cancellationToken)
    {
        ulong request = ++_lastRequest;
        TaskCompletionSource<IReadOnlyList<byte[]>> answer = new();
        _waiting.Add(request, answer);
        _send(peer, MessageKind.FetchRequest, [.. BitConverter.GetBytes(request), .. Frames.Write(cids.Select(static c => c.Bytes.ToArray()))]);
        try
        {
            return await answer.Task.WaitAsync(s_patience, _run.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return [];
        }
        finally
        {
            _waiting.Remove(request);
        }
    }
}
