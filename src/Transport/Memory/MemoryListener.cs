using System.Threading.Channels;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Memory;

/// <summary>Connections to one <c>/memory/N</c> that wait to be accepted; dialling fails when the queue is full.</summary>
internal sealed class MemoryListener : ITransportListener
{
    private readonly Channel<RawConnection> _backlog;
    private readonly MemoryNetwork _network;

    public MemoryListener(MemoryNetwork network, ulong number, int backlog)
    {
        _network = network;
        Number = number;
        Address = Multiaddr.FromMemory(number);
        _backlog = Channel.CreateBounded<RawConnection>(backlog);
    }

    /// <inheritdoc/>
    public Multiaddr Address { get; }

    public ulong Number { get; }

    /// <inheritdoc/>
    public async ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (await _backlog.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_backlog.Reader.TryRead(out RawConnection? connection))
            {
                return connection;
            }
        }

        return null;
    }

    public bool TryOffer(RawConnection connection) => _backlog.Writer.TryWrite(connection);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _network.Remove(this);
        _backlog.Writer.TryComplete();
        while (_backlog.Reader.TryRead(out RawConnection? waiting))
        {
            waiting.Abort();
        }

        return ValueTask.CompletedTask;
    }
}
