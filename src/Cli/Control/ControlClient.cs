using P2P.Core.Runtime;

namespace P2P.Cli.Control;

/// <summary>The command's side of the control socket: sends the command line, shows what comes back, hands over standard input when asked.</summary>
internal sealed class ControlClient : IAsyncDisposable
{
    private const int PieceBytes = 1 << 16;
    private static readonly TimeSpan s_cancelWithin = TimeSpan.FromSeconds(5);

    private readonly Stream _stream;
    private readonly CommandContext _context;
    private readonly SemaphoreSlim _writing = new(1);
    private Stream? _output;
    private Stream? _input;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private Task _canceling = Task.CompletedTask;
    private Task _reading = Task.CompletedTask; // of standard input; nothing can end a blocked read of a terminal but the end of the process

    private ControlClient(Stream stream, CommandContext context)
    {
        _stream = stream;
        _context = context;
    }

    /// <summary>Whether the node began with the command. While it has not, the command may be given to another.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Connects to the node of a folder; null when none serves it.</summary>
    public static async Task<ControlClient?> TryConnectAsync(string directory, CommandContext context, CancellationToken cancellationToken) =>
        await ControlEndpoint.ConnectAsync(directory, cancellationToken) is Stream stream ? new ControlClient(stream, context) : null;

    /// <summary>Runs a command line in the node.</summary>
    /// <returns>The exit code of the verb.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ControlRequest request = new() { Arguments = arguments, Directory = _context.Directory, Terminal = _context.Terminal };
        await SendAsync(new ControlMessage(ControlMessageKind.Run) { Request = request });
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => _canceling = PoolSpawner.Instance.StartAsync(CancelAsync));
        try
        {
            while (await ControlFrame.ReadAsync(_stream, _lost.Token) is byte[] frame && ControlMessage.TryDecode(frame, out ControlMessage message))
            {
                IsTaken = true;
                if (message.Kind == ControlMessageKind.Exit)
                {
                    return message.Code;
                }

                await ShowAsync(message);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // the node went; said below
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new CliException(CliError.NodeGone, "The running node ended before it had answered. Run the command again.");
    }

    public async ValueTask DisposeAsync()
    {
        _ended.Cancel();
        await _canceling;
        await _stream.DisposeAsync();
        _lost.Dispose();
        _ended.Dispose();
        if (_output is not null)
        {
            await _output.DisposeAsync();
        }
    }

    private async Task ShowAsync(ControlMessage message)
    {
        switch (message.Kind)
        {
            case ControlMessageKind.Out:
                await _context.Out.WriteAsync(message.Text);
                await _context.Out.FlushAsync();
                break;
            case ControlMessageKind.Err:
                await _context.Errors.WriteAsync(message.Text);
                break;
            case ControlMessageKind.Data:
                _output ??= _context.OpenOutput();
                await _output.WriteAsync(message.Bytes);
                break;
            case ControlMessageKind.Ask:
                Task before = _reading; // the node may ask again before the task that served it last has ended
                _reading = PoolSpawner.Instance.StartAsync(() => HandOverAsync(before));
                break;
            case ControlMessageKind.Edit:
                await SendAsync(new ControlMessage(ControlMessageKind.Edited) { Code = await _context.EditAsync(message.Text, CancellationToken.None) });
                break;
            default:
                break; // a later program's message
        }
    }

    private async Task HandOverAsync(Task before)
    {
        await before;
        byte[] piece = new byte[PieceBytes];
        _input ??= _context.OpenInput();
        int read = await _input.ReadAsync(piece);
        await SendAsync(new ControlMessage(ControlMessageKind.Input) { Bytes = piece.AsMemory(0, read) });
    }

    private async Task CancelAsync()
    {
        await SendAsync(new ControlMessage(ControlMessageKind.Cancel));
        try
        {
            await Task.Delay(s_cancelWithin, SystemTime.Provider, _ended.Token);
            _lost.Cancel();
        }
        catch (OperationCanceledException)
        {
            // the verb ended in time
        }
    }

    private async Task SendAsync(ControlMessage message)
    {
        byte[] content = message.Encode();
        await _writing.WaitAsync();
        try
        {
            await ControlFrame.WriteAsync(_stream, content, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // the node went; the reading side sees it too and says so
        }
        finally
        {
            _writing.Release();
        }
    }
}
