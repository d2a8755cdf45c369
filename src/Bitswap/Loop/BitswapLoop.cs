using System.Threading.Channels;
using P2P.Bitswap.Engine;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Bitswap.Loop;

/// <summary>Owns the engine, its bounded inbox, the senders and the look-ups in the store.</summary>
internal sealed class BitswapLoop : IAsyncDisposable
{
    private const int LookupWorkers = 2;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly IPeerNetwork _network;
    private readonly IBlockStore _store;
    private readonly BitswapOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly BitswapEngine _engine;
    private readonly BitswapReader _reader;
    private readonly Channel<(BitswapInput Input, FetchRequest? Request)> _inbox;
    private readonly Channel<(PeerId Peer, Cid Cid)> _lookups;
    private readonly Dictionary<PeerId, PeerSender> _senders = [];
    private readonly Dictionary<long, FetchRequest> _requests = [];
    private readonly long[] _refused = new long[Enum.GetValues<BitswapRefusal>().Length];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PeerSender> _ended = [];
    private readonly HashSet<PeerId> _stuck = [];

    // Replaced by the loop, read by every inbound stream.
    private volatile IReadOnlySet<PeerId> _banned = new HashSet<PeerId>();
    private readonly long _startedAt;
    private readonly ITimer _timer;
    private long _storeFailures;
    private long _bytesSent;
    private long _blocksReceived;
    private readonly BitswapMetrics _metrics;
    private readonly Task _running;

    public BitswapLoop(IPeerNetwork network, IBlockStore store, BitswapOptions options, TransportRuntime runtime)
    {
        _network = network;
        _store = store;
        _options = options;
        _runtime = runtime;
        _engine = new BitswapEngine(options);
        _reader = new BitswapReader(options, runtime.Time, IsBanned, peer => TryPost(new BitswapInput(BitswapInputKind.Heard, peer)));
        _inbox = Channel.CreateBounded<(BitswapInput, FetchRequest?)>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _lookups = Channel.CreateBounded<(PeerId, Cid)>(options.LookupsMax); // the engine never has more under way
        _startedAt = runtime.Time.GetTimestamp();
        _timer = runtime.Time.CreateTimer(static s => ((BitswapLoop)s!).TryPost(new BitswapInput(BitswapInputKind.Tick)), this, s_tick, s_tick);
        _metrics = new BitswapMetrics(options.Meters, this);
        List<Task> loops = [runtime.Spawner.StartAsync(RunAsync), runtime.Spawner.StartAsync(WatchPeersAsync)];
        loops.AddRange(Enumerable.Range(0, LookupWorkers).Select(_ => runtime.Spawner.StartAsync(LookUpAsync)));
        _running = Task.WhenAll(loops);
        foreach (string protocol in BitswapProtocols.All)
        {
            network.Handle(protocol, ServeAsync, options.StreamsPerPeer);
        }
    }

    public long Refused(BitswapRefusal reason) => Interlocked.Read(ref _refused[(int)reason]);

    /// <summary>Look-ups that the store could not answer.</summary>
    public long StoreFailures => Interlocked.Read(ref _storeFailures);

    /// <summary>Bytes of blocks that were written to peers.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Blocks that were asked for and came.</summary>
    public long BlocksReceived => Interlocked.Read(ref _blocksReceived);

    public ValueTask PostAsync(BitswapInput input, FetchRequest? request, CancellationToken cancellationToken) =>
        _inbox.Writer.WriteAsync((input, request), cancellationToken);

    /// <summary>Ends a request: when this returns the loop no longer touches it.</summary>
    public async ValueTask AbandonAsync(FetchRequest request)
    {
        try
        {
            await PostAsync(new BitswapInput(BitswapInputKind.Abandon) { Request = request.Id }, request, CancellationToken.None);
            await request.Released.Task;
        }
        catch (ChannelClosedException)
        {
            // stopped: the loop has ended and touches nothing
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        foreach (string protocol in BitswapProtocols.All)
        {
            _network.Unhandle(protocol);
        }

        await _timer.DisposeAsync();
        _stop.Cancel();
        _inbox.Writer.TryComplete();
        _lookups.Writer.TryComplete();
        await Task.WhenAny(_running); // a defect was logged; disposing must still end everything
        foreach (PeerSender sender in _senders.Values.Concat(_ended))
        {
            await sender.DisposeAsync();
        }

        EndRequests();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private bool IsBanned(PeerId peer) => _banned.Contains(peer);

    private void EndRequests()
    {
        foreach (FetchRequest request in _requests.Values)
        {
            request.Done.TrySetResult(); // what was found until now is the answer
            request.Released.TrySetResult();
        }

        while (_inbox.Reader.TryRead(out (BitswapInput Input, FetchRequest? Request) left))
        {
            left.Request?.Done.TrySetResult();
            left.Request?.Released.TrySetResult();
        }
    }

    private async Task RunAsync()
    {
        List<BitswapEffect> effects = [];
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
            {
                while (_inbox.Reader.TryRead(out (BitswapInput Input, FetchRequest? Request) item))
                {
                    effects.Clear();
                    Register(item.Input, item.Request);
                    _engine.Step(item.Input, _runtime.Time.GetElapsedTime(_startedAt), effects);
                    effects.ForEach(Perform);
                    LoseStuck(effects);
                }

                await DisposeEndedAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (Exception defect)
        {
            Log.LoopFailed(_runtime.Logger, defect);
            _inbox.Writer.TryComplete(); // who asks from now on hears that it has stopped
            EndRequests();
            throw;
        }
    }

    /// <summary>Peers that do not read what we send: others are asked instead.</summary>
    private void LoseStuck(List<BitswapEffect> effects)
    {
        foreach (PeerId peer in _stuck)
        {
            BitswapInput lost = new(BitswapInputKind.PeerLost, peer);
            effects.Clear();
            Register(lost, null);
            _engine.Step(lost, _runtime.Time.GetElapsedTime(_startedAt), effects);
            effects.ForEach(Perform);
        }

        _stuck.Clear();
    }

    private void Register(in BitswapInput input, FetchRequest? request)
    {
        if (input.Kind is BitswapInputKind.Want or BitswapInputKind.AskPresence)
        {
            _requests.Add(request!.Id, request);
        }
        else if (input.Kind == BitswapInputKind.Abandon)
        {
            _requests.Remove(input.Request);
            request!.Released.TrySetResult();
        }
        else if (input.Kind == BitswapInputKind.Tick && _banned.Count > 0)
        {
            _banned = _engine.Client.Banned(_runtime.Time.GetElapsedTime(_startedAt)); // some may have served their time
        }
        else if (input.Kind == BitswapInputKind.PeerLost && _senders.Remove(input.Peer, out PeerSender? sender))
        {
            _ended.Add(sender);
        }
    }

    private void Perform(BitswapEffect effect)
    {
        switch (effect.Kind)
        {
            case BitswapEffectKind.Send:
                Send(effect);
                break;
            case BitswapEffectKind.LookUp:
                _lookups.Writer.TryWrite((effect.Peer, effect.Cid));
                break;
            case BitswapEffectKind.Deliver:
                Interlocked.Increment(ref _blocksReceived);
                foreach (FetchRequest request in _requests.Values.Where(r => effect.Request == 0 ? r.Wants(effect.Cid) && !r.IsQuestion : r.Id == effect.Request))
                {
                    request.Found[effect.Cid] = effect.Data;
                    request.Settle(effect.Cid);
                }

                break;
            case BitswapEffectKind.GiveUp:
                foreach (FetchRequest request in _requests.Values.Where(r => effect.Request == 0 ? !r.IsQuestion : r.Id == effect.Request))
                {
                    request.Settle(effect.Cid);
                }

                break;
            case BitswapEffectKind.Ban:
                Log.Banned(_runtime.Logger, effect.Peer);
                _banned = _engine.Client.Banned(_runtime.Time.GetElapsedTime(_startedAt));
                break;
            default:
                Interlocked.Increment(ref _refused[(int)effect.Refusal]);
                break;
        }
    }

    private void Send(BitswapEffect effect)
    {
        if (!_senders.TryGetValue(effect.Peer, out PeerSender? sender))
        {
            sender = new PeerSender(_network, effect.Peer, _options, _runtime, SentAsync, LostAsync);
            _senders.Add(effect.Peer, sender);
        }

        if (!sender.TrySend(effect.Message!))
        {
            _stuck.Add(effect.Peer);
        }
    }

    private async Task DisposeEndedAsync()
    {
        foreach (PeerSender sender in _ended)
        {
            await sender.DisposeAsync(); // cancelled first, so this does not wait for the peer
        }

        _ended.Clear();
    }

    private void TryPost(BitswapInput input) => _inbox.Writer.TryWrite((input, null)); // a full inbox: the next tick comes soon

    /// <param name="peer">Who.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="cancellationToken">The sender's own: this loop may be waiting for the sender to end.</param>
    private async ValueTask SentAsync(PeerId peer, int bytes, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _bytesSent, bytes);
        try
        {
            await PostAsync(new BitswapInput(BitswapInputKind.Sent, peer) { Bytes = bytes }, null, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            // stopping
        }
    }

    private async ValueTask LostAsync(PeerId peer, CancellationToken cancellationToken)
    {
        try
        {
            await PostAsync(new BitswapInput(BitswapInputKind.PeerLost, peer), null, cancellationToken);
        }
        catch (Exception error) when (error is ChannelClosedException or OperationCanceledException)
        {
            // stopping
        }
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        BitswapRefusal refusal = await _reader.ReadAllAsync(
            stream,
            message => PostAsync(new BitswapInput(BitswapInputKind.Received, stream.Peer) { Message = message }, null, cancellationToken),
            cancellationToken);
        if (refusal != BitswapRefusal.None)
        {
            Interlocked.Increment(ref _refused[(int)refusal]);
            stream.Stream.Abort();
        }
    }

    private async Task LookUpAsync()
    {
        try
        {
            await foreach ((PeerId peer, Cid cid) in _lookups.Reader.EachAsync(_stop.Token))
            {
                ReadOnlyMemory<byte>? data = await TryReadAsync(cid);
                await PostAsync(new BitswapInput(BitswapInputKind.LookedUp, peer) { Cid = cid, Data = data }, null, _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            // stopped
        }
    }

    /// <summary>A store that fails has not got the block, as far as a peer is concerned; its owner hears of the failure elsewhere.</summary>
    private async Task<ReadOnlyMemory<byte>?> TryReadAsync(Cid cid)
    {
        try
        {
            return await _store.GetAsync(cid, _stop.Token);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Interlocked.Increment(ref _storeFailures);
            return null;
        }
    }

    private async Task WatchPeersAsync()
    {
        try
        {
            await foreach (PeerEvent change in _network.PeerEventsAsync(_stop.Token))
            {
                if (change.Kind == PeerEventKind.Disconnected)
                {
                    await PostAsync(new BitswapInput(BitswapInputKind.PeerLost, change.Peer), null, _stop.Token);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            // stopped
        }
    }
}
