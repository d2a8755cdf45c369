using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Identify;

namespace P2P.Transport;

/// <summary>
/// All log messages of the transport, ids 1000 to 1999, never reused. 1000 connections, 1100 dialling, 1200 streams, 1300 identify, 1400 mDNS.
/// What a remote peer alone can cause stays at Debug.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {Address}.")]
    public static partial void Listening(ILogger logger, Multiaddr address);

    [LoggerMessage(1001, LogLevel.Debug, "Connected to {Peer} at {Address}, outbound {Outbound}.")]
    public static partial void Connected(ILogger logger, PeerId peer, Multiaddr address, bool outbound);

    [LoggerMessage(1002, LogLevel.Debug, "Connection to {Peer} at {Address} has ended.")]
    public static partial void ConnectionEnded(ILogger logger, PeerId peer, Multiaddr address);

    [LoggerMessage(1003, LogLevel.Debug, "Inbound connection from {Address} refused: {Reason}; {Pending} handshakes in progress. The options are in PeerNetworkOptions.Limits.")]
    public static partial void InboundRefused(ILogger logger, Multiaddr address, ConnectionRefusal reason, int pending);

    [LoggerMessage(1004, LogLevel.Debug, "Handshake with {Address} failed: {Error}.")]
    public static partial void HandshakeFailed(ILogger logger, Multiaddr address, TransportError error);

    [LoggerMessage(1005, LogLevel.Error, "A task of the connection manager has ended by a defect.")]
    public static partial void TaskFaulted(ILogger logger, Exception exception);

    [LoggerMessage(1006, LogLevel.Warning, "Accepting on {Address} fails: {Error}. Trying on; check the limit of open files.")]
    public static partial void AcceptFailing(ILogger logger, Multiaddr address, string error);

    [LoggerMessage(1007, LogLevel.Debug, "Surplus connection to {Peer} closed, outbound {Outbound}.")]
    public static partial void SurplusClosed(ILogger logger, PeerId peer, bool outbound);

    [LoggerMessage(1100, LogLevel.Debug, "Dial to {Address} failed: {Error}.")]
    public static partial void DialFailed(ILogger logger, Multiaddr address, TransportError error);

    [LoggerMessage(1200, LogLevel.Debug, "Stream {Protocol} from {Peer} refused: {Reason}.")]
    public static partial void StreamRefused(ILogger logger, string protocol, PeerId peer, ConnectionRefusal reason);

    [LoggerMessage(1201, LogLevel.Debug, "Stream {Protocol} from {Peer} ended with an error.")]
    public static partial void StreamFailed(ILogger logger, string protocol, PeerId peer, Exception exception);

    [LoggerMessage(1202, LogLevel.Error, "The handler of {Protocol} has a defect; the stream was reset.")]
    public static partial void HandlerFaulted(ILogger logger, string protocol, Exception exception);

    [LoggerMessage(1300, LogLevel.Debug, "Identify from {Peer} not taken over: {Reason}.")]
    public static partial void IdentifyRefused(ILogger logger, PeerId peer, IdentifyStatus reason);

    [LoggerMessage(1301, LogLevel.Debug, "Identify with {Peer} failed.")]
    public static partial void IdentifyFailed(ILogger logger, PeerId peer, Exception exception);

    [LoggerMessage(1302, LogLevel.Debug, "Identify push to {Peer} failed.")]
    public static partial void PushFailed(ILogger logger, PeerId peer, Exception exception);

    [LoggerMessage(1400, LogLevel.Information, "mDNS on {Interfaces}, port {Port}.")]
    public static partial void MdnsListening(ILogger logger, string interfaces, int port);

    [LoggerMessage(1401, LogLevel.Warning, "mDNS is off: UDP port {Port} cannot be shared ({Error}). Another program (avahi-daemon with disallow-other-stacks?) owns it; peers must be named by hand.")]
    public static partial void MdnsCannotBind(ILogger logger, int port, string error);

    [LoggerMessage(1402, LogLevel.Warning, "mDNS is off: no interface {Wanted} is up. Interfaces here: {Present}.")]
    public static partial void MdnsNoInterface(ILogger logger, string wanted, string present);

    [LoggerMessage(1403, LogLevel.Debug, "mDNS cannot use {Interface} with {Family}: {Error}.")]
    public static partial void MdnsInterfaceFailed(ILogger logger, string @interface, string family, string error);

    [LoggerMessage(1404, LogLevel.Debug, "mDNS found {Peer} on {Interface} with {Count} addresses.")]
    public static partial void MdnsFound(ILogger logger, PeerId peer, string @interface, int count);

    [LoggerMessage(1405, LogLevel.Debug, "mDNS cannot send on {Interface}: {Error}.")]
    public static partial void MdnsSendFailed(ILogger logger, string @interface, string error);

    [LoggerMessage(1407, LogLevel.Debug, "Found {Peer}, but could not connect: {Error}.")]
    public static partial void DiscoveredUnreachable(ILogger logger, PeerId peer, TransportError error);

    [LoggerMessage(1406, LogLevel.Error, "mDNS has ended by a defect.")]
    public static partial void MdnsFaulted(ILogger logger, Exception exception);
}
