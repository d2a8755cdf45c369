using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Connections;

/// <summary>A transport that counts dials and can replace them.</summary>
internal sealed class WrappedTransport(ITransport inner, Func<Multiaddr, CancellationToken, Task>? before = null) : ITransport
{
    private int _dials;

    public int Dials => Volatile.Read(ref _dials);

    public bool CanHandle(Multiaddr address) => inner.CanHandle(address);

    public async ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dials);
        if (before is not null)
        {
            await before(address, cancellationToken);
        }

        return await inner.DialAsync(address, cancellationToken);
    }

    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) => inner.ListenAsync(address, cancellationToken);
}
