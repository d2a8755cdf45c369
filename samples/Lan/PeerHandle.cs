using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace P2P.Samples.Lan;

/// <summary>The director's side of one peer process.</summary>
internal sealed class PeerHandle(string name, string data, string network, string networkInterface, Action<string> say) : IAsyncDisposable
{
    private const int AnswersMax = 1024;

    private readonly ConcurrentDictionary<string, string> _names = new();
    private Process? _process;
    private Channel<JsonNode> _answers = NewAnswers();
    private Task _reading = Task.CompletedTask;

    public string Name { get; } = name;

    public string PeerId { get; private set; } = string.Empty;

    /// <summary>Peers connected now.</summary>
    public ConcurrentDictionary<string, string> Connected { get; } = new();

    public int ProcessId => _process!.Id;

    public async Task<JsonNode> StartAsync(CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Add(typeof(PeerHandle).Assembly.Location);
        }

        foreach (string argument in new[] { "peer", data, network, networkInterface })
        {
            start.ArgumentList.Add(argument);
        }

        _answers = NewAnswers();
        Connected.Clear();
        _process = Process.Start(start)!;
        _reading = ReadAsync(_process, _answers.Writer);
        return await WaitForAsync("ready", cancellationToken);
    }

    public void Introduce(PeerHandle other) => _names[other.PeerId] = other.Name;

    public void Send(string command, JsonObject? fields = null)
    {
        JsonObject line = fields ?? [];
        line["cmd"] = command;
        _process!.StandardInput.WriteLine(line.ToJsonString());
        _process.StandardInput.Flush();
    }

    public async Task<JsonNode> AskAsync(string command, string answer, CancellationToken cancellationToken)
    {
        Send(command);
        return await WaitForAsync(answer, cancellationToken);
    }

    /// <summary>The next answer of a kind; others of that kind's past are skipped.</summary>
    public async Task<JsonNode> WaitForAsync(string type, CancellationToken cancellationToken)
    {
        await foreach (JsonNode answer in _answers.Reader.ReadAllAsync(cancellationToken))
        {
            if ((string?)answer["ev"] == type)
            {
                PeerId = type == "ready" ? (string)answer["peer"]! : PeerId;
                return answer;
            }
        }

        await _process!.WaitForExitAsync(cancellationToken);
        throw new PeerEndedException($"{Name} ended while the director waited for '{type}'.", _process.ExitCode);
    }

    /// <summary>SIGKILL: no good-bye, no flush, nothing.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(8));
            try
            {
                _process.StandardInput.Close();
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        await _reading;
        _process?.Dispose();
    }

    private static Channel<JsonNode> NewAnswers() =>
        Channel.CreateBounded<JsonNode>(new BoundedChannelOptions(AnswersMax) { FullMode = BoundedChannelFullMode.DropOldest });

    private async Task ReadAsync(Process process, ChannelWriter<JsonNode> answers)
    {
        while (await process.StandardOutput.ReadLineAsync() is string line)
        {
            JsonNode answer = JsonNode.Parse(line)!;
            string other = (string?)answer["peer"] ?? string.Empty;
            switch ((string?)answer["ev"])
            {
                case "connected":
                    Connected[other] = (string)answer["found"]!;
                    say($"{Name} ↔ {_names.GetValueOrDefault(other, other[^6..])}");
                    break;
                case "lost":
                    Connected.TryRemove(other, out _);
                    say($"{Name} lost {_names.GetValueOrDefault(other, other[^6..])}");
                    break;
                default:
                    await answers.WriteAsync(answer);
                    break;
            }
        }

        answers.Complete();
    }
}
