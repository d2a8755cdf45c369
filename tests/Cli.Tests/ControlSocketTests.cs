using System.Net.Sockets;
using System.Text;
using P2P.Cli.Control;

namespace P2P.Cli.Tests;

/// <summary>Verbs of other processes on a folder whose node is running.</summary>
public sealed class ControlSocketTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-control-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Verbs_run_in_the_node_that_owns_the_folder()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);

        (int exit, string output, string errors) = await VerbAsync("doc", "append", "notes", "@all: first");
        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("starting one", errors, StringComparison.Ordinal);
        Assert.StartsWith("stored", output, StringComparison.Ordinal);
        Assert.Equal((0, "@all: first\n"), await TextAsync("doc", "cat", "notes"));
        (_, string clock, _) = await VerbAsync("clock", "show", "notes", "--json");
        Assert.Contains("\"eventType\":\"seq\"", clock, StringComparison.Ordinal);
        Assert.Equal(4, (await VerbAsync("peers")).Exit);
        Assert.Equal(2, (await VerbAsync("peers", "--no-such-flag")).Exit);
    }

    [Fact]
    public async Task Standard_input_of_the_command_reaches_the_node()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string lines = string.Concat(Enumerable.Range(0, 3_000).Select(static i => $"line {i} ü€😀\n"));
        await using TestSupport.Child command = CommandLine.StartWithInput("doc", "append", "notes", "-", "--data", _data, "--timeout", "100ms");
        await command.WriteAsync(lines);
        command.CloseInput();
        await command.SucceedAsync();
        Assert.Equal((0, lines), await TextAsync("doc", "cat", "notes"));
    }

    [Fact]
    public async Task Without_a_node_a_command_starts_one_and_says_so()
    {
        (int exit, _, string errors) = await CommandLine.RunAsync("doc", "append", "notes", "x", "--data", _data, "--interface", "lo", "--no-mdns", "--timeout", "100ms");
        Assert.Equal(0, exit);
        Assert.Contains("no node is running", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_data, ControlEndpoint.FileName)));
    }

    [Fact]
    public async Task A_folder_whose_path_is_longer_than_a_socket_address_is_served()
    {
        string deep = Path.Combine(_data, new string('d', 60), new string('e', 60));
        Directory.CreateDirectory(deep);
        await using UpProcess up = await UpProcess.StartAsync(deep);
        (int exit, _, string errors) = await CommandLine.RunAsync("doc", "append", "notes", "x", "--data", deep, "--timeout", "100ms");
        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("starting one", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_network_is_busy_and_names_the_holder()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        (int exit, _, string errors) = await VerbAsync("doc", "cat", "notes", "--network", "elsewhere");
        Assert.Equal(5, exit);
        Assert.Matches($@"in use by `p2p up` \(pid {up.Id}, since \d\d:\d\d\)", errors);
    }

    [Fact]
    public async Task Only_this_user_may_open_the_socket_and_nonsense_ends_the_conversation()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string path = Path.Combine(_data, ControlEndpoint.FileName);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        byte[][] nonsense =
        [
            [0xff, 0xff, 0xff, 0xff, 0x7b], // a frame of 4 GiB
            [0, 0, 0, 0],
            [0, 0, 0, 2, 0x7b, 0x7d],
            Frame("{\"type\":\"run\",\"v\":1,\"args\":[1],\"cwd\":\"/\",\"terminal\":0}"),
            Frame("{\"type\":\"run\",\"v\":1,\"args\":[\"peers\"],\"cwd\":\"relative\",\"terminal\":0}"),
            Frame("{\"type\":\"exit\",\"code\":0}"),
            Encoding.UTF8.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ];
        foreach (byte[] bytes in nonsense)
        {
            await using NetworkStream stream = await OpenAsync(path);
            await stream.WriteAsync(bytes);
            Assert.Null(await AnswerAsync(stream));
        }

        Assert.Equal(7, await ExitOfAsync(path, "{\"type\":\"run\",\"v\":2}"));
        Assert.Equal(7, await ExitOfAsync(path, "{\"type\":\"run\",\"v\":1,\"args\":[\"up\"],\"cwd\":\"/\",\"terminal\":0}"));
        Assert.Equal(7, await ExitOfAsync(path, "{\"type\":\"run\",\"v\":1,\"args\":[\"store\",\"gc\"],\"cwd\":\"/\",\"terminal\":0}"));
        Assert.Equal(0, (await VerbAsync("doc", "append", "notes", "still here")).Exit);
    }

    [Fact]
    public void Hostile_frames_never_throw()
    {
        Random random = new(20260);
        byte[] good = new ControlMessage(ControlMessageKind.Run) { Request = new ControlRequest { Arguments = ["doc", "cat", "ü"], Directory = "/" } }.Encode();
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good];
            for (int flips = random.Next(0, 4); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            read += ControlMessage.TryDecode(bytes.AsMemory(0, random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length), out _) ? 1 : 0;
        }

        Assert.InRange(read, 2_000, 19_000);
    }

    [Fact]
    public async Task Text_is_cut_into_frames_between_characters()
    {
        string text = new string('x', (1 << 16) - 1) + "😀" + new string('\u0001', 200_000);
        ControlOutbox outbox = new();
        new ControlWriter(outbox, ControlMessageKind.Out).Write(text);
        outbox.Complete();
        using MemoryStream sent = new();
        await outbox.SendAsync(sent, CancellationToken.None);
        sent.Position = 0;
        StringBuilder back = new();
        while (await ControlFrame.ReadAsync(sent, CancellationToken.None) is byte[] frame)
        {
            Assert.True(ControlMessage.TryDecode(frame, out ControlMessage message));
            back.Append(message.Text);
        }

        Assert.Equal(text, back.ToString());
    }

    private Task<(int Exit, string Output, string Errors)> VerbAsync(params string[] words) =>
        CommandLine.RunAsync([.. words, "--data", _data, "--timeout", "100ms"]);

    private async Task<(int, string)> TextAsync(params string[] words)
    {
        (int exit, string output, _) = await VerbAsync(words);
        return (exit, output);
    }

    private static async Task<int> ExitOfAsync(string path, string request)
    {
        await using NetworkStream stream = await OpenAsync(path);
        await stream.WriteAsync(Frame(request));
        CancellationToken watchdog = TestSupport.Watchdog.Start();
        while (await ControlFrame.ReadAsync(stream, watchdog) is byte[] frame && ControlMessage.TryDecode(frame, out ControlMessage message))
        {
            if (message.Kind == ControlMessageKind.Exit)
            {
                return message.Code;
            }
        }

        return -1;
    }

    private static async Task<byte[]?> AnswerAsync(NetworkStream stream)
    {
        try
        {
            return await ControlFrame.ReadAsync(stream, TestSupport.Watchdog.Start());
        }
        catch (IOException)
        {
            return null; // closed before everything that was sent had been read
        }
    }

    private static byte[] Frame(string json)
    {
        byte[] content = Encoding.UTF8.GetBytes(json);
        return [0, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];
    }

    private static async Task<NetworkStream> OpenAsync(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new NetworkStream(socket, ownsSocket: true);
    }
}
