// Written by typed-eventsource from an OpenAPI document. Change that instead.

/** OK */
export interface TodosStream {
  [eventType: string]: Todo;
}

/** OK */
export interface WatchPets {
  Kitten: Kitten;
  Puppy: Puppy;
}

/** OK */
export interface Vehicles {
  car: VehicleCar;
  truck: VehicleTruck;
}

/** OK */
export interface Log {
  [eventType: string]: string;
}

export interface Kitten {
  name: string;
  lives?: null | number;
}

export interface Puppy {
  name: string;
  barks: boolean;
}

export interface Todo {
  id: number | string;
  title: null | string;
  dueBy?: null | string;
  isComplete?: boolean;
}

export interface VehicleCar {
  $type: "car";
  doors: number;
}

export interface VehicleTruck {
  $type: "truck";
  load: number;
}
