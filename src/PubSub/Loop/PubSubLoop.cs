using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;
using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>Owns the router, its inbox, the heartbeat and everything around it. Nothing it does waits for a peer.</summary>
internal sealed class PubSubLoop : IAsyncDisposable
{
    // How often the list of connected peers is compared with ours, in heartbeats.
    private const int ReconcileHeartbeats = 10;

    private readonly IPeerNetwork _network;
    private readonly TransportRuntime _runtime;
    private readonly GossipRouter _router;
    private readonly Channel<LoopItem> _inbox;
    private readonly Dictionary<TopicKey, GossipTopic> _topics = [];
    private readonly Dictionary<long, PublishTicket> _tickets = [];
    private readonly Stack<List<RouterEffect>> _spare = [];
    private readonly List<byte[]> _frames = [];
    private readonly RpcWriter _writer;
    private readonly PeerLinks _links;
    private readonly InboundStreams _inbound;
    private readonly ValidationStage _validation;
    private readonly CancellationTokenSource _stop = new();
    private readonly long _startedAt;
    private readonly ITimer _heartbeat;
    private readonly Task _running;
    private readonly Task _watching;
    private int _heartbeatDue;
    private long _heartbeats;
    private int _disposed;

    public PubSubLoop(IPeerNetwork network, PubSubOptions options, TransportRuntime runtime)
    {
        _network = network;
        _runtime = runtime;
        _router = new GossipRouter(network.LocalPeer, options, runtime.Chance);
        _writer = new RpcWriter(options);
        _inbox = Channel.CreateBounded<LoopItem>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        LinkHost host = new(runtime, PostAsync);
        _links = new PeerLinks(network, options, host, input => Step(input), _router.Counters.Refuse);
        _validation = new ValidationStage(options, host, input => Step(input));
        _inbound = new InboundStreams(network, options, host, _links.Open, _stop.Token);
        _startedAt = runtime.Time.GetTimestamp();
        _running = runtime.Spawner.StartAsync(RunAsync);
        _watching = runtime.Spawner.StartAsync(WatchAsync);
        _inbound.Listen();
        _heartbeat = runtime.Time.CreateTimer(
            static state => ((PubSubLoop)state!).OnTimer(), this, options.HeartbeatInterval, options.HeartbeatInterval);
    }

    /// <summary>Ends when the loop has ended; faulted if by a defect of ours.</summary>
    public Task Completion => _running;

    public RouterCounters Counters => _router.Counters;

    /// <summary>Runs a function on the loop.</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public async Task<T> AskAsync<T>(Func<GossipRouter, T> question, CancellationToken cancellationToken)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(LoopItem.Call(() => answer.TrySetResult(question(_router))));
        await Task.WhenAny(answer.Task.EndAsync(CancellationToken.None), _running).OrCanceledAsync(cancellationToken);
        ObjectDisposedException.ThrowIf(!answer.Task.IsCompleted, this);
        return await answer.Task;
    }

    /// <summary>Subscribes; false when the topic is subscribed already.</summary>
    public Task<bool> SubscribeAsync(GossipTopic topic, CancellationToken cancellationToken) => AskAsync(
        _ =>
        {
            if (!_topics.TryAdd(topic.Id.Key, topic))
            {
                return false;
            }

            Step(RouterInput.Subscribe(topic.Id, topic.Rules));
            return true;
        },
        cancellationToken);

    public Task<bool> UnsubscribeAsync(GossipTopic topic, CancellationToken cancellationToken) => AskAsync(
        _ =>
        {
            bool found = _topics.TryGetValue(topic.Id.Key, out GossipTopic? open) && open == topic && _topics.Remove(topic.Id.Key);
            if (found)
            {
                Step(RouterInput.Unsubscribe(topic.Id));
            }

            return found;
        },
        cancellationToken);

    /// <summary>Publishes; the ticket is complete when the router has named the peers.</summary>
    public ValueTask PublishAsync(RouterInput publish, PublishTicket ticket) => PostAsync(LoopItem.Call(() =>
    {
        _tickets.Add(publish.Token, ticket);
        Step(publish);
    }));

    public ValueTask CancelPublishAsync(TopicId topic, long token) => PostAsync(LoopItem.Call(() =>
    {
        if (_tickets.Remove(token))
        {
            Step(RouterInput.CancelPublish(topic, token));
        }
    }));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await Task.WhenAny(_running);
            return;
        }

        _inbound.Close();
        await _heartbeat.DisposeAsync();
        _inbox.Writer.TryComplete();
        _stop.Cancel();
        await Task.WhenAny(_running);
        if (_running.IsFaulted)
        {
            // Logged and shown by Completion; seen here, so that it is not reported as unobserved too.
            GC.KeepAlive(_running.Exception);
        }

        await _watching;
        await _links.StopAsync();
        await _validation.DisposeAsync();
        _stop.Dispose();
    }

    private void OnTimer()
    {
        // A flag, not only an item: with a full inbox the heartbeat must still come.
        Interlocked.Exchange(ref _heartbeatDue, 1);
        _inbox.Writer.TryWrite(LoopItem.Call(static () => { }));
    }

    private async ValueTask PostAsync(LoopItem item)
    {
        if (_inbox.Writer.TryWrite(item))
        {
            return;
        }

        try
        {
            // In line, first come first served: with WaitToWriteAsync each free place would wake thousands of publishers for one to win.
            await _inbox.Writer.WriteAsync(item);
        }
        catch (ChannelClosedException)
        {
            // The loop has ended; whoever asked sees it by Completion.
        }
    }

    private async Task RunAsync()
    {
        Exception? fault = null;
        try
        {
            while (await _inbox.Reader.WaitToReadAsync())
            {
                while (_inbox.Reader.TryRead(out LoopItem item))
                {
                    Handle(item);
                }
            }
        }
        catch (Exception e)
        {
            fault = e;
            Log.LoopFailed(_runtime.Logger, e);
            throw;
        }
        finally
        {
            End(fault);
        }
    }

    private void End(Exception? fault)
    {
        _inbox.Writer.TryComplete(fault);
        foreach (PublishTicket ticket in _tickets.Values)
        {
            ticket.Cancel();
        }

        foreach (GossipTopic topic in _topics.Values)
        {
            topic.Complete(fault);
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (PeerEvent change in _network.PeerEventsAsync(_stop.Token))
            {
                await PostAsync(LoopItem.Call(() => _links.OnEvent(change)));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The loop stops.
        }
    }

    private void Handle(in LoopItem item)
    {
        if (Volatile.Read(ref _heartbeatDue) != 0 && Interlocked.Exchange(ref _heartbeatDue, 0) != 0)
        {
            Step(RouterInput.Heartbeat);
            if (++_heartbeats % ReconcileHeartbeats == 0)
            {
                _links.Reconcile();
            }
        }

        if (item.OnLoop is not null)
        {
            item.OnLoop();
        }
        else
        {
            Step(item.Input);
        }
    }

    private void Step(in RouterInput input)
    {
        // Performing an effect may lead to another step; each has a list of its own.
        List<RouterEffect> effects = _spare.TryPop(out List<RouterEffect>? spare) ? spare : [];
        _router.Step(input, _runtime.Time.GetElapsedTime(_startedAt), effects);
        foreach (RouterEffect effect in effects)
        {
            Perform(effect);
        }

        effects.Clear();
        _spare.Push(effects);
    }

    private void Perform(in RouterEffect effect)
    {
        switch (effect.Kind)
        {
            case RouterEffectKind.SendRpc:
                SendRpc(effect.Peer, effect.Rpc!);
                break;
            case RouterEffectKind.SendOwn:
                SendOwn(effect);
                break;
            case RouterEffectKind.Forward:
                Send(effect, OutKind.Forward, GossipRefusal.ForwardDropped);
                break;
            case RouterEffectKind.SendWanted:
                Send(effect, OutKind.Gossip, GossipRefusal.GossipDropped);
                break;
            case RouterEffectKind.Validate when _topics.TryGetValue(effect.Topic.Key, out GossipTopic? topic):
                _validation.Add(new ValidationJob(topic.Options, effect.Message!, GossipTopic.ToMessage(effect)));
                break;
            case RouterEffectKind.Deliver when _topics.TryGetValue(effect.Topic.Key, out GossipTopic? topic):
                topic.Deliver(GossipTopic.ToMessage(effect));
                break;
            case RouterEffectKind.Published:
                if (_tickets.Remove(effect.Token, out PublishTicket? ticket))
                {
                    ticket.Complete();
                }

                break;
            case RouterEffectKind.PeerJoined or RouterEffectKind.PeerLeft when _topics.TryGetValue(effect.Topic.Key, out GossipTopic? topic):
                topic.Change(effect.Peer, effect.Kind == RouterEffectKind.PeerJoined);
                break;
            default:
                break;
        }
    }

    private void SendRpc(PeerId peer, OutRpc rpc)
    {
        if (_links.Find(peer) is not PeerLink link)
        {
            return;
        }

        _frames.Clear();
        _writer.Write(rpc, _frames);
        foreach (byte[] frame in _frames)
        {
            if (!link.Queue.TryAdd(frame, rpc.IsGossip ? OutKind.Gossip : OutKind.Control))
            {
                Counters.Refuse(GossipRefusal.GossipDropped);
                if (!rpc.IsGossip)
                {
                    // It no longer knows what we are subscribed to: start over with a new hello.
                    link.Reset();
                }
            }
        }
    }

    private void SendOwn(in RouterEffect effect)
    {
        if (_links.Find(effect.Peer) is not PeerLink link)
        {
            return;
        }

        _tickets.TryGetValue(effect.Token, out PublishTicket? ticket);
        if (link.Queue.TryAddOwn(effect.Message!.Frame))
        {
            if (ticket is not null)
            {
                ticket.Accepted++;
            }
        }
        else
        {
            ticket?.Full.Add(link);
        }
    }

    private void Send(in RouterEffect effect, OutKind kind, GossipRefusal refusal)
    {
        if (_links.Find(effect.Peer)?.Queue.TryAdd(effect.Message!.Frame, kind) == false)
        {
            Counters.Refuse(refusal);
        }
    }
}
