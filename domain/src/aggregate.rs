//! The pure core under `cqrs-es`: its `Aggregate` is `decide` and `evolve`, and nothing else.

/// Implements `cqrs_es::Aggregate` for a state by the `decide` and `evolve` beside it.
macro_rules! aggregate {
    ($state:ty, $command:ty, $event:ty) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = <$event>::STREAM;
            type Command = $command;
            type Event = $event;
            type Error = $crate::Refusal;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                (): &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in decide(self, command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.evolve(&event);
            }
        }
    };
}

pub(crate) use aggregate;
