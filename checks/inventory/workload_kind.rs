//! The one table of the kinds that hold a pod template.

use super::{
    kinds::{self, Kind, Listed, Listings},
    types::HoldsTemplate,
};

/// How an object of a kind runs the pods of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A number of replicas, for good.
    Replicas,
    /// The same, of one generation of its owner's template: the newest runs, older ones wait for a rollback.
    Generation,
    /// One on each node, for good.
    PerNode,
    /// Until they have done their work.
    ToCompletion,
    /// It is the pod.
    Itself,
}

macro_rules! workload_kinds {
    ($($kind:ident: $runs:ident, turn $turn:literal $(, below $($top:ident)+)?;)+) => {
        /// The kind that holds a workload's template.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum WorkloadKind { $($kind),+ }

        impl WorkloadKind {
            /// All of them.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$kind),+];

            const COUNT: usize = [$(stringify!($kind)),+].len();

            /// The same as any kind.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$kind => Kind::$kind),+ }
            }

            /// How it runs its pods.
            pub const fn runs(self) -> Runs {
                match self { $(Self::$kind => Runs::$runs),+ }
            }

            const fn turn(self) -> usize {
                match self { $(Self::$kind => $turn),+ }
            }

            /// The kinds of which the top-level controller of such an object may be.
            pub const fn possible_tops(self) -> &'static [Kind] {
                match self { $(Self::$kind => &[Kind::$kind $($(, Kind::$top)+)?]),+ }
            }

            /// One object of it, by its place.
            pub(super) fn object(self, listings: &Listings, place: usize) -> &dyn HoldsTemplate {
                match self { $(Self::$kind => kinds::$kind::place(listings).items()[place].as_holder()),+ }
            }
        }

        // A template holds command lines, which must not outlive decoding.
        $(const _: () = assert!(kinds::$kind::IS_REDUCED, "`kinds!` must say what a kind with a template drops");)+
    };
}

// A kind is a line here, and implements `HoldsTemplate`. Whom the walk along the owners meets first is given by turns:
// controllers go before what they make.
workload_kinds! {
    Deployment: Replicas, turn 0;
    StatefulSet: Replicas, turn 1;
    DaemonSet: PerNode, turn 2;
    ReplicaSet: Generation, turn 7, below Deployment Rollout;
    ReplicationController: Generation, turn 8, below DeploymentConfig;
    Job: ToCompletion, turn 9, below CronJob;
    CronJob: ToCompletion, turn 6;
    Pod: Itself, turn 10;
    Rollout: Replicas, turn 3, below Deployment;
    CloneSet: Replicas, turn 4, below Deployment;
    DeploymentConfig: Replicas, turn 5;
}

impl WorkloadKind {
    /// All but the pod.
    pub const CONTROLLERS: [Self; Self::COUNT - 1] = {
        let mut controllers = [Self::Pod; Self::COUNT - 1];
        let (mut place, mut controller) = (0, 0);
        while place < Self::COUNT {
            if !matches!(Self::ALL[place].runs(), Runs::Itself) {
                controllers[controller] = Self::ALL[place];
                controller += 1;
            }
            place += 1;
        }
        controllers
    };

    /// All of them, controllers before what they make.
    pub const BY_TURN: [Self; Self::COUNT] = {
        let mut by_turn = [None; Self::COUNT];
        let mut place = 0;
        while place < Self::COUNT {
            let kind = Self::ALL[place];
            by_turn[kind.turn()] = Some(kind);
            place += 1;
        }
        let mut all = [Self::Pod; Self::COUNT];
        let mut turn = 0;
        while turn < Self::COUNT {
            match by_turn[turn] {
                Some(kind) => all[turn] = kind,
                None => panic!("two kinds have one turn"),
            }
            turn += 1;
        }
        all
    };

    /// The kinds of which Kubernetes' components, and what is installed like them, are.
    pub const OF_COMPONENTS: [Self; 3] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet];

    /// Whether it keeps a number of replicas for good.
    pub const fn is_replicated(self) -> bool {
        matches!(self.runs(), Runs::Replicas | Runs::Generation)
    }

    /// The kind of a controller by its group and name.
    pub fn of_controller(group: &str, name: &str) -> Option<Self> {
        Self::CONTROLLERS.into_iter().find(|kind| {
            let resource = kind.kind().resource();
            resource.kind == name && resource.group == group
        })
    }
}
