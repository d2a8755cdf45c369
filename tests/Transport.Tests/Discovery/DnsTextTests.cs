using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Transport.Tests.Discovery;

/// <summary>TXT records of a name server, which here is one of the test's on this machine.</summary>
public sealed class DnsTextTests
{
    private const string Host = "_dnsaddr.boot.example";
    private const int Answer = 0x8180;

    private readonly byte[] _question = DnsTextCodec.Question(0x1234, Host)!;

    [Fact]
    public void The_question_is_one_of_DNS_and_what_is_no_name_is_none()
    {
        Assert.Equal(new DnsBytes().Header(0x1234, 0x0100, 1, 0, 0, 0).Question(Host, 16).ToArray(), _question);
        Assert.Equal(_question, DnsTextCodec.Question(0x1234, "_dnsaddr.BOOT.example."));
        foreach (string wrong in (string[])["", ".", "a..b", new string('a', 64), string.Join('.', Enumerable.Repeat("label", 50)), "a\u0080\ud800"])
        {
            Assert.Null(DnsTextCodec.Question(1, wrong));
        }
    }

    [Fact]
    public void Texts_are_read_also_behind_aliases_and_in_pieces()
    {
        byte[] answer = Reply(Answer, 4)
            .Record(Host, 5, 60, DnsBytes.NameBytes("LISTS.example"))
            .Txt("lists.example", "dnsaddr=", "/ip4/127.0.0.1/tcp/1")
            .Txt("other.example", "not ours")
            .Txt("lists.example", "second").ToArray();

        Assert.Equal((DnsTextStatus.Answer, "dnsaddr=/ip4/127.0.0.1/tcp/1|second"), Read(answer));
        Assert.Equal((DnsTextStatus.Answer, string.Empty), Read(Reply(Answer, 0).ToArray()));
        Assert.Equal((DnsTextStatus.Answer, string.Empty), Read(Reply(Answer | 3, 0).ToArray())); // no such name
    }

    [Fact]
    public void What_answers_another_question_is_foreign_and_refusals_are_told_apart()
    {
        Assert.Equal(DnsTextStatus.Foreign, Read(new DnsBytes().Header(0x4321, Answer, 1, 0, 0, 0).Question(Host, 16).ToArray()).Status);
        Assert.Equal(DnsTextStatus.Foreign, Read(new DnsBytes().Header(0x1234, Answer, 1, 0, 0, 0).Question("boot.example", 16).ToArray()).Status);
        Assert.Equal(DnsTextStatus.Foreign, Read(new DnsBytes().Header(0x1234, Answer, 1, 0, 0, 0).Question(Host, 1).ToArray()).Status);
        Assert.Equal(DnsTextStatus.Foreign, Read(_question).Status);
        Assert.Equal(DnsTextStatus.Foreign, Read([]).Status);
        Assert.Equal(DnsTextStatus.Truncated, Read(Reply(Answer | 0x0200, 0).ToArray()).Status);
        Assert.Equal(DnsTextStatus.Failed, Read(Reply(Answer | 2, 0).ToArray()).Status);
        Assert.Equal(DnsTextStatus.Failed, Read(Reply(Answer, 1).ToArray()).Status); // promises a record
        byte[] circle = Reply(Answer, 2).Record(Host, 5, 60, DnsBytes.NameBytes("b.example")).Record("b.example", 5, 60, DnsBytes.NameBytes(Host)).ToArray();
        Assert.Equal(DnsTextStatus.Failed, Read(circle).Status);
    }

    [Fact]
    public void Hostile_answers_neither_throw_nor_hold_more_than_is_taken()
    {
        SeededChance chance = new(7);
        byte[] good = Reply(Answer, 2).Record(Host, 5, 60, DnsBytes.NameBytes("b.example")).Txt("b.example", "dnsaddr=/ip4/127.0.0.1/tcp/1").ToArray();
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] answer = [.. good.AsSpan(0, good.Length - chance.Below(3) * chance.Below(good.Length / 2))];
            for (int change = chance.Below(4); change > 0; change--)
            {
                answer[chance.Below(answer.Length)] = (byte)chance.Below(256);
            }

            read += Read(answer).Status == DnsTextStatus.Answer ? 1 : 0;
        }

        Assert.InRange(read, 1_000, 19_999); // both ways were taken
        DnsBytes many = Reply(Answer, 200);
        for (int i = 0; i < 200; i++)
        {
            many.Txt(Host, "x");
        }

        List<string> texts = [];
        Assert.Equal(DnsTextStatus.Answer, DnsTextCodec.TryRead(many.ToArray(), _question, texts));
        Assert.Equal(DnsTextCodec.TextsMax, texts.Count);
    }

    [Fact]
    public async Task A_long_answer_comes_by_TCP_and_a_silent_server_is_left_for_the_next_one()
    {
        ManualTime time = new();
        using NameServer silent = new();
        using NameServer server = new();
        DnsTextClient client = new(() => [silent.Address, server.Address], time, SystemChance.Instance);
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);

        Task<IReadOnlyList<string>> looking = client.LookUpAsync(Host, watchdog.Token);
        await silent.ReceiveAsync(watchdog.Token);
        time.Advance(TimeSpan.FromSeconds(2));
        await server.AnswerAsync(static question => Header(question, Answer | 0x0200, 0).ToArray(), watchdog.Token);
        string[] texts = [.. Enumerable.Range(0, 40).Select(static i => $"dnsaddr=/ip4/127.0.0.1/tcp/{i}/p2p/12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz")];
        await server.AnswerByStreamAsync(
            question => texts.Aggregate(Header(question, Answer, texts.Length), static (bytes, text) => bytes.Txt(Host, text)).ToArray(), watchdog.Token);

        Assert.Equal(texts, await looking.WaitAsync(watchdog.Token));
    }

    [Fact]
    public async Task A_guessed_answer_is_passed_over_and_servers_that_refuse_are_asked_twice()
    {
        using NameServer server = new();
        DnsTextClient client = new(() => [server.Address], new ManualTime(), SystemChance.Instance);
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        Task<IReadOnlyList<string>> looking = client.LookUpAsync(Host, watchdog.Token);
        await server.AnswerAsync(static question => [(byte)(question[0] ^ 0xFF), .. Header(question, Answer, 1).Txt(Host, "a lie").ToArray()[1..]], watchdog.Token, keep: true);
        await server.AnswerAsync(static question => Header(question, Answer | 2, 0).ToArray(), watchdog.Token);
        await server.AnswerAsync(static question => Header(question, Answer, 1).Txt(Host, "true").ToArray(), watchdog.Token);
        Assert.Equal(["true"], await looking.WaitAsync(watchdog.Token));

        Task<IReadOnlyList<string>> refused = client.LookUpAsync(Host, watchdog.Token);
        await server.AnswerAsync(static question => Header(question, Answer | 5, 0).ToArray(), watchdog.Token);
        await server.AnswerAsync(static question => Header(question, Answer | 5, 0).ToArray(), watchdog.Token);
        TransportException error = await Assert.ThrowsAsync<TransportException>(() => refused.WaitAsync(watchdog.Token));
        Assert.Equal(TransportError.Unreachable, error.Error);
        Assert.Contains(Host, error.Message, StringComparison.Ordinal);
    }

    private static DnsBytes Header(byte[] question, int flags, int answers) =>
        new DnsBytes().Header(BinaryPrimitives.ReadUInt16BigEndian(question), (ushort)flags, 1, answers, 0, 0).Question(Host, 16);

    private DnsBytes Reply(int flags, int answers) => Header(_question, flags, answers);

    private (DnsTextStatus Status, string Texts) Read(byte[] answer)
    {
        List<string> texts = [];
        return (DnsTextCodec.TryRead(answer, _question, texts), string.Join('|', texts));
    }

    /// <summary>UDP and TCP on one port of this machine.</summary>
    private sealed class NameServer : IDisposable
    {
        private readonly Socket _stream;
        private readonly Socket _datagrams;
        private (byte[] Question, EndPoint From)? _kept;

        public NameServer()
        {
            while (true)
            {
                _stream = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _stream.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                _stream.Listen();
                Address = (IPEndPoint)_stream.LocalEndPoint!;
                _datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                try
                {
                    _datagrams.Bind(Address);
                    return;
                }
                catch (SocketException)
                {
                    Dispose(); // somebody else has the datagrams of that port
                }
            }
        }

        public IPEndPoint Address { get; }

        public async Task<(byte[] Question, EndPoint From)> ReceiveAsync(CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[512];
            SocketReceiveFromResult received = await _datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancellationToken);
            return (buffer[..received.ReceivedBytes], received.RemoteEndPoint);
        }

        /// <summary>Answers a question; <paramref name="keep"/>: the same question is answered once more.</summary>
        public async Task AnswerAsync(Func<byte[], byte[]> answer, CancellationToken cancellationToken, bool keep = false)
        {
            (byte[] question, EndPoint from) = _kept ?? await ReceiveAsync(cancellationToken);
            _kept = keep ? (question, from) : null;
            await _datagrams.SendToAsync(answer(question), from, cancellationToken);
        }

        public async Task AnswerByStreamAsync(Func<byte[], byte[]> answer, CancellationToken cancellationToken)
        {
            using Socket asking = await _stream.AcceptAsync(cancellationToken);
            await using NetworkStream bytes = new(asking);
            byte[] size = new byte[2];
            await bytes.ReadExactlyAsync(size, cancellationToken);
            byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(size)];
            await bytes.ReadExactlyAsync(question, cancellationToken);
            byte[] said = answer(question);
            BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)said.Length);
            await bytes.WriteAsync((byte[])[.. size, .. said], cancellationToken);
        }

        public void Dispose()
        {
            _stream.Dispose();
            _datagrams.Dispose();
        }
    }
}
