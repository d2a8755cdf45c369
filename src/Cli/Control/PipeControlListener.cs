using System.IO.Pipes;

namespace P2P.Cli.Control;

/// <summary>A named pipe that only the same user can open: Windows.</summary>
internal sealed class PipeControlListener(string name) : IControlListener
{
    public async Task<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        NamedPipeServerStream pipe = new(
            name,
            PipeDirection.InOut,
            NamedPipeServerStream.MaxAllowedServerInstances,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        try
        {
            await pipe.WaitForConnectionAsync(cancellationToken);
            return pipe;
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
