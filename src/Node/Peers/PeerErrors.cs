using P2P.Core.Runtime;
using P2P.Dht;
using P2P.Transport.Connections;

namespace P2P.Node.Peers;

/// <summary>What failures of the layers below mean to whoever calls peers or the DHT of a node.</summary>
internal static class PeerErrors
{
    /// <summary>Runs a call where loops run, with its failures translated.</summary>
    public static Task<T> RunAsync<T>(ISpawner spawner, Func<Task<T>> body) => spawner.StartWithinAsync(() => TellAsync(body));

    /// <summary>Runs a call with its failures translated.</summary>
    /// <exception cref="P2PException">It failed.</exception>
    public static async Task<T> TellAsync<T>(Func<Task<T>> body)
    {
        try
        {
            return await body();
        }
        catch (TransportException error)
        {
            throw new P2PException(Of(error.Error), error.Message, error);
        }
        catch (KadException error)
        {
            throw new P2PException(Of(error.Error), error.Message, error);
        }
    }

    private static NodeError Of(TransportError error) => error switch
    {
        TransportError.Timeout => NodeError.PeerTimedOut,
        TransportError.PeerIdMismatch => NodeError.WrongPeer,
        TransportError.HandshakeFailed or TransportError.ProtocolViolation => NodeError.PeerRefused,
        TransportError.ProtocolNotSupported => NodeError.ProtocolMissing,
        TransportError.LimitReached => NodeError.ConnectionLimit,
        TransportError.UnsupportedAddress or TransportError.SelfDial => NodeError.AddressUnusable,
        TransportError.Offline => NodeError.Offline,
        _ => NodeError.PeerUnreachable,
    };

    private static NodeError Of(KadError error) => error switch
    {
        KadError.Stopped => NodeError.Stopped,
        KadError.TooManyOperations or KadError.TooManyProvidedKeys or KadError.StoreFull => NodeError.DhtLimit,
        _ => NodeError.DhtRefused,
    };
}
