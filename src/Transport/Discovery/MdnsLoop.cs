using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Discovery;

/// <summary>
/// Multicast discovery of peers on the local link: <c>_p2p._udp.local</c>. Owns one <see cref="MdnsSession"/>, a socket per interface and family,
/// one bounded inbox. Thread-safe.
/// </summary>
/// <remarks>Spec: libp2p wire, section 13.</remarks>
public sealed class MdnsLoop : IAsyncDisposable
{
    private const int InboxCapacity = 256;
    private const int FoundCapacity = 256;

    private readonly Func<IReadOnlyList<Multiaddr>> _addresses;
    private readonly MdnsOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly MdnsSession _session;
    private readonly MdnsSockets _sockets;
    private readonly Channel<MdnsDatagram> _inbox;
    private readonly Channel<DiscoveredPeer> _found;
    private readonly CancellationTokenSource _stop = new();
    private readonly long _startedAt;
    private ITimer? _timer;
    private Task _loop = Task.CompletedTask;
    private TimeSpan _nextScanAt;
    private long _backlogDrops;
    private int _rescan;
    private volatile MdnsState _state = new(Active: false, [], "not started", new MdnsStatistics());

    /// <summary>Creates the loop; nothing is opened until <see cref="StartAsync"/>.</summary>
    /// <param name="localPeer">Who we are, to announce and to ignore ourselves.</param>
    /// <param name="addresses">Our present listen addresses, without <c>/p2p</c>; asked again on every scan.</param>
    /// <param name="options">Limits and habits.</param>
    /// <param name="runtime">Clock, spawner, chance, log.</param>
    public MdnsLoop(PeerId localPeer, Func<IReadOnlyList<Multiaddr>> addresses, MdnsOptions options, TransportRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        _addresses = addresses;
        _options = options;
        _runtime = runtime;
        _startedAt = runtime.Time.GetTimestamp();
        _session = new MdnsSession(localPeer, options, runtime.Chance);
        _inbox = Channel.CreateBounded<MdnsDatagram>(new BoundedChannelOptions(InboxCapacity) { SingleReader = true });
        _found = Channel.CreateBounded<DiscoveredPeer>(new BoundedChannelOptions(FoundCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        _sockets = new MdnsSockets(options, runtime, Post);
    }

    /// <summary>How it is doing; a snapshot.</summary>
    public MdnsState State => _state;

    /// <summary>Opens the sockets. A port that cannot be bound is a warning and an empty discovery, not an exception.</summary>
    /// <param name="cancellationToken">Cancelling starts nothing.</param>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _timer = _runtime.Time.CreateTimer(static state => ((MdnsLoop)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Scan(_runtime.Time.GetElapsedTime(_startedAt));
        Publish();
        _loop = _runtime.Spawner.StartAsync(RunAsync);
        Wake();
        return Task.CompletedTask;
    }

    /// <summary>Looks at interfaces and own addresses at once instead of at the next scan.</summary>
    public void Rescan()
    {
        Interlocked.Exchange(ref _rescan, 1);
        Wake();
    }

    /// <summary>Peers as they are heard. Bounded at 256 waiting: the oldest is dropped. One reader.</summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<DiscoveredPeer> DiscoveredAsync(CancellationToken cancellationToken) => _found.Reader.EachAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        _inbox.Writer.TryComplete();
        try
        {
            await _loop;
        }
        finally
        {
            await _sockets.DisposeAsync();
            _found.Writer.TryComplete();
            if (_timer is { } timer)
            {
                await timer.DisposeAsync();
            }
        }
    }

    private async Task RunAsync()
    {
        List<MdnsEffect> effects = [];
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
            {
                TimeSpan now = _runtime.Time.GetElapsedTime(_startedAt);
                while (_inbox.Reader.TryRead(out MdnsDatagram datagram))
                {
                    if (datagram.Source is { } source)
                    {
                        _session.Receive(datagram.Link, source, datagram.Packet.Span, now, effects);
                    }
                }

                if (now >= _nextScanAt || Interlocked.Exchange(ref _rescan, 0) == 1)
                {
                    Scan(now);
                }

                _session.Tick(now, effects);
                Perform(effects);
                Publish();
                Arm(now);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception ex)
        {
            Log.MdnsFaulted(_runtime.Logger, ex);
            _found.Writer.TryComplete(ex);
            throw;
        }
    }

    private void Perform(List<MdnsEffect> effects)
    {
        foreach (MdnsEffect effect in effects)
        {
            switch (effect.Kind)
            {
                case MdnsEffectKind.Multicast or MdnsEffectKind.Unicast:
                    _sockets.Send(effect.Link, effect.Packet.Span, effect.Target);
                    break;
                case MdnsEffectKind.Found when effect.Found is { } found:
                    Log.MdnsFound(_runtime.Logger, found.Peer, found.Interface, found.Addresses.Count);
                    _found.Writer.TryWrite(found);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"Unknown effect {effect.Kind}.");
            }
        }

        effects.Clear();
    }

    private void Scan(TimeSpan now)
    {
        _nextScanAt = now + _options.ScanInterval;
        IReadOnlyList<MdnsLink> links = _sockets.Refresh();
        _session.Update(links, _addresses(), now);
    }

    private void Publish()
    {
        for (long drops = Interlocked.Exchange(ref _backlogDrops, 0); drops > 0; drops--)
        {
            _session.Count(MdnsRefusal.Backlog);
        }

        _state = new MdnsState(_sockets.Names.Count > 0, _sockets.Names, _sockets.Problem, _session.Statistics);
    }

    private void Arm(TimeSpan now)
    {
        TimeSpan due = _session.NextDue is { } next && next < _nextScanAt ? next : _nextScanAt;
        _timer?.Change(due > now ? due - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Wake() => _inbox.Writer.TryWrite(default); // a full inbox wakes the loop as well

    private void Post(MdnsDatagram datagram)
    {
        if (!_inbox.Writer.TryWrite(datagram))
        {
            Interlocked.Increment(ref _backlogDrops);
        }
    }
}
