using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht;
using P2P.Transport.Connections;

namespace P2P.Node.Files;

/// <summary>
/// Finds out who has a root: connected peers are asked, and those whom the DHT names. It runs beside the fetching, so a peer that never answers
/// holds nothing up.
/// </summary>
internal sealed class HolderScout : IAsyncDisposable
{
    private readonly NodeServices _services;
    private readonly Func<IReadOnlyList<PeerId>> _connected;
    private readonly Cid _root;
    private readonly FetchSettings _settings;
    private readonly Lock _gate = new();
    private readonly List<PeerId> _holders = [];
    private readonly Dictionary<PeerId, long> _askedAt = [];
    private readonly List<PeerId> _named = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _turn;
    private int _known;

    public HolderScout(NodeServices services, Func<IReadOnlyList<PeerId>> connected, Cid root, FetchSettings settings)
    {
        _services = services;
        _connected = connected;
        _root = root;
        _settings = settings;
        _running = services.Options.Spawner.StartWithinAsync(RunAsync);
    }

    /// <summary>Peers known so far, whether they have it or not.</summary>
    public int Known => Volatile.Read(ref _known);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _holders.Count;
            }
        }
    }

    /// <summary>Whom to ask for the next block, each time another one first.</summary>
    public PeerId[] Next()
    {
        lock (_gate)
        {
            int turn = _holders.Count == 0 ? 0 : unchecked((int)((uint)_turn++ % (uint)_holders.Count));
            return [.. _holders.Skip(turn), .. _holders.Take(turn)];
        }
    }

    /// <summary>Nobody gave a block: who has gone meanwhile is not asked any more.</summary>
    public void Forget()
    {
        HashSet<PeerId> connected = [.. _connected()];
        lock (_gate)
        {
            _holders.RemoveAll(h => !connected.Contains(h));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        List<Task> questions = [];
        Task search = SearchAsync();
        long searchedAt = _services.Options.Time.GetTimestamp();
        try
        {
            while (true)
            {
                questions.RemoveAll(static q => q.IsCompleted);
                foreach (PeerId peer in Due(_settings.QuestionsMost - questions.Count))
                {
                    questions.Add(AskAsync(peer));
                }

                if (search.IsCompleted && Count == 0 && _services.Options.Time.GetElapsedTime(searchedAt) >= _settings.SearchAgain)
                {
                    search = SearchAsync();
                    searchedAt = _services.Options.Time.GetTimestamp();
                }

                await Task.Delay(_settings.Look, _services.Options.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        finally
        {
            await Task.WhenAll([search, .. questions]);
        }
    }

    private PeerId[] Due(int most)
    {
        PeerId[] connected = [.. _connected()];
        lock (_gate)
        {
            PeerId[] candidates = [.. connected.Concat(_named).Distinct()];
            _known = candidates.Length;
            PeerId[] due =
            [
                .. candidates.Where(p => !_holders.Contains(p)
                        && (!_askedAt.TryGetValue(p, out long at) || _services.Options.Time.GetElapsedTime(at) >= _settings.AskAgain))
                    .Take(_holders.Count < _settings.HoldersMost ? most : 0),
            ];
            foreach (PeerId gone in _askedAt.Keys.Except(candidates).ToArray())
            {
                _askedAt.Remove(gone);
            }

            foreach (PeerId peer in due)
            {
                _askedAt[peer] = _services.Options.Time.GetTimestamp();
            }

            return due;
        }
    }

    private async Task AskAsync(PeerId peer)
    {
        try
        {
            if (await _services.Bitswap.HasAsync(_root, peer, _stop.Token))
            {
                lock (_gate)
                {
                    if (!_holders.Contains(peer))
                    {
                        _holders.Add(peer);
                    }
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // stopped
        }
    }

    /// <summary>A search that takes too long is as good as what it found.</summary>
    private async Task SearchAsync()
    {
        using CancellationTokenSource deadline = new(_settings.SearchLimit, _services.Options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        try
        {
            await foreach (PeerInfo provider in _services.Dht.FindProvidersAsync(_root, _settings.ProvidersMost, either.Token))
            {
                lock (_gate)
                {
                    if (_named.Count < _settings.HoldersMost && !_named.Contains(provider.Peer))
                    {
                        _named.Add(provider.Peer);
                    }
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or TransportException or System.Threading.Channels.ChannelClosedException)
        {
            // the connected peers are asked all the same
        }
    }
}
