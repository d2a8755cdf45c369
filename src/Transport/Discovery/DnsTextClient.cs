using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Discovery;

/// <summary>
/// TXT records by the name servers of this machine, which .NET's own resolver does not offer: a datagram, and TCP where the answer is too long for one.
/// Thread-safe.
/// </summary>
/// <param name="servers">Name servers, best first; asked for each look-up, because networks change.</param>
/// <param name="time">Clock.</param>
/// <param name="chance">Source of the numbers that tell an answer from a guess.</param>
internal sealed class DnsTextClient(Func<IReadOnlyList<IPEndPoint>> servers, TimeProvider time, IChance chance)
{
    private const int ServersMax = 3;
    private const int Rounds = 2;
    private const int DatagramBytesMax = 4_096;
    private const int Port = 53;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new(); // a source of chance has one owner

    /// <summary>What the system is set to ask.</summary>
    public static IReadOnlyList<IPEndPoint> SystemServers() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(static i => i.OperationalStatus == OperationalStatus.Up || i.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(static i => i.GetIPProperties().DnsAddresses)
            .Distinct()
            .Select(static a => new IPEndPoint(a, Port)),
    ];

    /// <summary>The texts of a name; none when it has none.</summary>
    /// <exception cref="TransportException">No server answered.</exception>
    public async Task<IReadOnlyList<string>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        IPEndPoint[] asked = [.. servers().Take(ServersMax)];
        for (int i = 0; i < Rounds * asked.Length; i++)
        {
            byte[] question = Question(host);
            using CancellationTokenSource late = new(s_patience, time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                List<string> texts = [];
                if (await AskAsync(asked[i % asked.Length], question, texts, either.Token) == DnsTextStatus.Answer)
                {
                    return texts;
                }
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                // the next one may
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // the next one may
            }
        }

        throw new TransportException(TransportError.Unreachable, $"The TXT records of {host} cannot be looked up: {asked.Length} name servers asked, none answered.");
    }

    private byte[] Question(string host)
    {
        Span<byte> id = stackalloc byte[2];
        lock (_gate)
        {
            chance.Fill(id);
        }

        return DnsTextCodec.Question(BinaryPrimitives.ReadUInt16BigEndian(id), host)
            ?? throw new TransportException(TransportError.Unreachable, $"{host} is no name that can be looked up.");
    }

    private static async Task<DnsTextStatus> AskAsync(IPEndPoint server, byte[] question, List<string> texts, CancellationToken cancellationToken)
    {
        DnsTextStatus status = await AskByDatagramAsync(server, question, texts, cancellationToken);
        return status == DnsTextStatus.Truncated ? await AskByStreamAsync(server, question, texts, cancellationToken) : status;
    }

    private static async Task<DnsTextStatus> AskByDatagramAsync(IPEndPoint server, byte[] question, List<string> texts, CancellationToken cancellationToken)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken); // the system drops what others send
        await socket.SendAsync(question, cancellationToken);
        byte[] answer = new byte[DatagramBytesMax];
        DnsTextStatus status;
        do
        {
            int length = await socket.ReceiveAsync(answer, cancellationToken);
            status = DnsTextCodec.TryRead(answer.AsSpan(0, length), question, texts);
        }
        while (status == DnsTextStatus.Foreign);
        return status;
    }

    private static async Task<DnsTextStatus> AskByStreamAsync(IPEndPoint server, byte[] question, List<string> texts, CancellationToken cancellationToken)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        await using NetworkStream stream = new(socket, ownsSocket: false);
        byte[] framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken);
        byte[] size = new byte[2];
        await stream.ReadExactlyAsync(size, cancellationToken);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(size)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return DnsTextCodec.TryRead(answer, question, texts);
    }
}
