using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Ping;

/// <summary>Measures round trips; callers that ask for the same peer at the same time share one measurement. Thread-safe.</summary>
/// <remarks>At most one outbound stream per peer: js resets a second one (trap 22), and it is closed at once for the same reason.</remarks>
/// <param name="open">Opens a ping stream.</param>
/// <param name="context">Shared pieces.</param>
internal sealed class Pinger(Func<PeerId, CancellationToken, Task<PeerStream>> open, NetworkContext context)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    // Guards the table; one entry per peer that somebody here is asking about.
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, TaskCompletionSource<TimeSpan>> _running = [];

    public async Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken)
    {
        TaskCompletionSource<TimeSpan>? result;
        bool isFirst = false;
        lock (_gate)
        {
            if (!_running.TryGetValue(peer, out result))
            {
                result = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
                _running.Add(peer, result);
                isFirst = true;
            }
        }

        if (isFirst && !context.Tasks.TryStart(() => MeasureAsync(peer, result)))
        {
            End(peer);
            throw new TransportException(TransportError.ConnectionClosed, "The node is stopping.");
        }

        return await result.Task.OrCanceledAsync(cancellationToken);
    }

    private async Task MeasureAsync(PeerId peer, TaskCompletionSource<TimeSpan> result)
    {
        using CancellationTokenSource limit = new(s_timeout, context.Runtime.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(context.Stop, limit.Token);
        try
        {
            PeerStream opened = await open(peer, linked.Token);
            await using MuxedStream stream = opened.Stream;
            TimeSpan elapsed = await PingProtocol.PingAsync(stream, context.Runtime.Time, context.Runtime.Chance, linked.Token);
            await stream.CloseWriteAsync(linked.Token);
            End(peer);
            result.TrySetResult(elapsed);
        }
        catch (TransportException ex)
        {
            Fail(peer, result, ex);
        }
        catch (OperationCanceledException ex)
        {
            Fail(peer, result, new TransportException(TransportError.Timeout, $"No echo within {s_timeout.TotalSeconds} s.", ex));
        }
    }

    private void Fail(PeerId peer, TaskCompletionSource<TimeSpan> result, TransportException error)
    {
        End(peer);
        if (result.TrySetException(error))
        {
            GC.KeepAlive(result.Task.Exception); // observed, also when every caller has given up
        }
    }

    private void End(PeerId peer)
    {
        lock (_gate)
        {
            _running.Remove(peer);
        }
    }
}
